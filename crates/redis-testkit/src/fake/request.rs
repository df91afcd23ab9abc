use std::io::{self, BufRead};

/// A command that a client sent to a [`FakeServer`](crate::FakeServer).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    connection: u64,
    name: String,
    words: Vec<Vec<u8>>,
}

impl Request {
    /// Returns the number of the connection it came over. The first one is 1.
    pub fn connection(&self) -> u64 {
        self.connection
    }

    /// Returns the first word, in upper case: the name of the command.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the word at `index` as text, with the command itself at 0. It is empty if there is no such word.
    pub fn word(&self, index: usize) -> std::borrow::Cow<'_, str> {
        self.words.get(index).map_or(std::borrow::Cow::Borrowed(""), |word| String::from_utf8_lossy(word))
    }

    /// Returns all words as bytes, the command itself first.
    pub fn words(&self) -> &[Vec<u8>] {
        &self.words
    }

    /// Reads a command: an array of bulk strings, as every client sends it.
    pub(super) fn read(from: &mut impl BufRead, connection: u64) -> io::Result<Self> {
        let count = number(from, '*')?;
        let words = (0..count).map(|_| word(from)).collect::<io::Result<Vec<_>>>()?;
        let name = words.first().map(|word| String::from_utf8_lossy(word).to_uppercase());
        Ok(Self { connection, name: name.unwrap_or_default(), words })
    }
}

fn word(from: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let length = number(from, '$')?;
    let mut word = vec![0; length + 2];
    from.read_exact(&mut word)?;
    word.truncate(length);
    Ok(word)
}

/// Reads a line such as `*3` or `$5`.
fn number(from: &mut impl BufRead, kind: char) -> io::Result<usize> {
    let mut line = String::new();
    from.read_line(&mut line)?;
    let digits = line.trim_end().strip_prefix(kind).ok_or(io::ErrorKind::InvalidData)?;
    digits.parse().map_err(|_| io::ErrorKind::InvalidData.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_read_with_binary_words() {
        let request = Request::read(&mut &b"*2\r\n$3\r\nget\r\n$4\r\n\r\n\xff\0\r\n"[..], 7).unwrap();
        assert_eq!((request.connection(), request.name()), (7, "GET"));
        assert_eq!(request.words()[1], b"\r\n\xff\0");
        assert_eq!((request.word(0), request.word(2)), ("get".into(), "".into()));
    }

    #[test]
    fn what_is_no_command_is_an_error() {
        for bytes in ["", "PING\r\n", "*1\r\n:1\r\n", "*1\r\n$4\r\nPI", "*x\r\n"] {
            assert!(Request::read(&mut bytes.as_bytes(), 1).is_err(), "{bytes:?}");
        }
    }
}
