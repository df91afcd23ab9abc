//! Commands in their wire form, as a server reads them.

use super::Words;

/// Reads a command, and returns its words and the number of its bytes; `None` if it is not complete.
pub(super) fn parse(wire: &[u8]) -> Option<(Words, usize)> {
    let (count, mut at) = number(wire, 0)?;
    let mut words = Vec::with_capacity(count);
    for _ in 0..count {
        let (length, begin) = number(wire, at)?;
        let end = begin.checked_add(length)?;
        words.push(wire.get(begin..end)?.to_vec());
        at = end.checked_add(2).filter(|at| *at <= wire.len())?;
    }
    Some((words, at))
}

/// Reads a line such as `*2` or `$5` at `from`, and returns the number and where the line ends.
fn number(wire: &[u8], from: usize) -> Option<(usize, usize)> {
    let line = wire.get(from..)?;
    let end = line.windows(2).position(|pair| pair == b"\r\n")?;
    let number = std::str::from_utf8(line.get(1..end)?).ok()?.parse().ok()?;
    Some((number, from + end + 2))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Command;

    #[test]
    fn a_command_is_read_once_all_of_it_is_there() {
        let mut wire = Vec::new();
        Command::new("SET").arg("k").arg("a\r\nb").write_to(&mut wire);
        let length = wire.len();
        for part in 0..length {
            assert!(parse(&wire[..part]).is_none(), "{part}");
        }
        Command::new("GET").write_to(&mut wire);
        let words = [&b"SET"[..], b"k", b"a\r\nb"].map(<[u8]>::to_vec).to_vec();
        assert_eq!(parse(&wire), Some((words, length)));
        assert_eq!(parse(&wire[length..]), Some((vec![b"GET".to_vec()], wire.len() - length)));
    }
}
