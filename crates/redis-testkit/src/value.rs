use std::io::{self, BufRead};

/// A reply of the server, in RESP2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// No such thing: a null bulk string or a null array.
    Nil,
    /// A number.
    Integer(i64),
    /// A string of bytes.
    Bulk(Vec<u8>),
    /// A status, such as `OK`.
    Simple(String),
    /// An error, with its code: `WRONGTYPE Operation against ...`.
    Error(String),
    /// Several replies.
    Array(Vec<Self>),
}

impl Value {
    pub(crate) fn read(from: &mut impl BufRead) -> io::Result<Self> {
        let line = line(from)?;
        let (kind, rest) = line.split_at_checked(1).ok_or_else(|| malformed(&line))?;
        match kind {
            "+" => Ok(Self::Simple(rest.to_owned())),
            "-" => Ok(Self::Error(rest.to_owned())),
            ":" => Ok(Self::Integer(number(rest)?)),
            "$" => match number(rest)? {
                ..0 => Ok(Self::Nil),
                length => bulk(from, length),
            },
            "*" => match number(rest)? {
                ..0 => Ok(Self::Nil),
                length => (0..length).map(|_| Self::read(from)).collect::<io::Result<_>>().map(Self::Array),
            },
            _ => Err(malformed(&line)),
        }
    }
}

fn line(from: &mut impl BufRead) -> io::Result<String> {
    let mut line = Vec::new();
    from.read_until(b'\n', &mut line)?;
    match line.strip_suffix(b"\r\n") {
        Some(text) => Ok(String::from_utf8_lossy(text).into_owned()),
        None => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

fn number(text: &str) -> io::Result<i64> {
    text.parse().map_err(|_| malformed(text))
}

fn bulk(from: &mut impl BufRead, length: i64) -> io::Result<Value> {
    let length = usize::try_from(length).map_err(|_| malformed("bulk length"))?;
    let mut bytes = vec![0; length + 2];
    from.read_exact(&mut bytes)?;
    bytes.truncate(length);
    Ok(Value::Bulk(bytes))
}

fn malformed(line: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("not a RESP2 reply: {line:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &str) -> io::Result<Value> {
        Value::read(&mut bytes.as_bytes())
    }

    #[test]
    fn every_kind_is_read() {
        let got = read("*6\r\n+OK\r\n-ERR no\r\n:-7\r\n$2\r\n\r\n\r\n$-1\r\n*-1\r\n").unwrap();
        let bulk = Value::Bulk(b"\r\n".to_vec());
        let (ok, no) = (Value::Simple("OK".to_owned()), Value::Error("ERR no".to_owned()));
        assert_eq!(got, Value::Array(vec![ok, no, Value::Integer(-7), bulk, Value::Nil, Value::Nil]));
    }

    #[test]
    fn half_a_reply_is_an_error() {
        for half in ["", "+O", "$5\r\nab", "*2\r\n:1\r\n", "?\r\n", "\r\n", ":x\r\n"] {
            assert!(read(half).is_err(), "{half:?}");
        }
    }
}
