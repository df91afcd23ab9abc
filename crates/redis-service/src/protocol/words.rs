use std::io;

use redis::RedisWrite;

use super::Packed;

/// The words of a command in their wire form, after a line with their number. The usual commands take no heap
/// memory.
#[derive(Clone)]
pub(super) struct Words {
    packed: Packed,
    count: usize,
}

/// The line with the number of words, while one digit is enough.
const COUNT: &[u8] = b"*0\r\n";

impl Words {
    /// No words yet, with room for words of `bytes` bytes, and for `likely` more.
    pub(super) fn with_room(bytes: usize, likely: usize) -> Self {
        let mut packed = Packed::with_room(COUNT.len() + bytes, likely);
        packed.push([COUNT]);
        Self { packed, count: 0 }
    }

    pub(super) fn push(&mut self, word: &[u8]) {
        self.push_joined(word, &[]);
    }

    /// Appends a word in two parts.
    pub(super) fn push_joined(&mut self, first: &[u8], second: &[u8]) {
        let length = LengthLine::new(b'$', first.len() + second.len());
        self.packed.push([length.as_bytes(), first, second, b"\r\n"]);
        self.count += 1;
        if let (count @ 0..=9, [_, digit, ..]) = (self.count, self.packed.as_bytes_mut()) {
            *digit = b'0' + count as u8;
        }
    }

    /// Returns the number of words.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    pub(super) fn iter(&self) -> Iter<'_> {
        Iter(self.without_count())
    }

    /// Returns the number of bytes.
    #[cfg(feature = "async")]
    pub(super) fn len(&self) -> usize {
        self.packed.as_bytes().len()
    }

    /// Appends the command in its wire form.
    pub(super) fn write_to(&self, wire: &mut Vec<u8>) {
        if self.count <= 9 {
            wire.extend_from_slice(self.packed.as_bytes());
        } else {
            wire.extend_from_slice(LengthLine::new(b'*', self.count).as_bytes());
            wire.extend_from_slice(self.without_count());
        }
    }

    fn without_count(&self) -> &[u8] {
        &self.packed.as_bytes()[COUNT.len()..]
    }
}

/// A line with a length or a count.
struct LengthLine {
    bytes: [u8; Self::LONGEST],
    from: usize,
}

impl LengthLine {
    const LONGEST: usize = 24;

    fn new(kind: u8, count: usize) -> Self {
        let mut bytes = [0; Self::LONGEST];
        let mut from = Self::LONGEST - 2;
        bytes[from..].copy_from_slice(b"\r\n");
        let mut rest = count;
        loop {
            from -= 1;
            bytes[from] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        from -= 1;
        bytes[from] = kind;
        Self { bytes, from }
    }

    fn as_bytes(&self) -> &[u8] {
        &self.bytes[self.from..]
    }
}

/// Receives arguments in the form in which the `redis` crate writes them.
impl RedisWrite for Words {
    fn write_arg(&mut self, word: &[u8]) {
        self.push(word);
    }

    fn writer_for_next_arg(&mut self) -> impl io::Write + '_ {
        NextWord { word: Vec::new(), words: self }
    }
}

/// A word that is written in pieces, and complete when this is dropped.
struct NextWord<'a> {
    word: Vec<u8>,
    words: &'a mut Words,
}

impl io::Write for NextWord<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.word.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for NextWord<'_> {
    fn drop(&mut self) {
        self.words.push(&self.word);
    }
}

/// The words that [`Words`] has packed.
#[derive(Clone)]
pub(super) struct Iter<'a>(&'a [u8]);

impl<'a> Iterator for Iter<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let end = self.0.iter().position(|byte| *byte == b'\r')?;
        let length: usize = std::str::from_utf8(self.0.get(1..end)?).ok()?.parse().ok()?;
        let word = self.0.get(end + 2..end + 2 + length)?;
        self.0 = self.0.get(end + 2 + length + 2..)?;
        Some(word)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use proptest::prelude::*;
    use redis::ToRedisArgs;

    use super::*;

    proptest! {
        #[test]
        fn words_are_packed_as_the_redis_crate_packs_them(
            words in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..120), 1..12),
            room in 0_usize..300,
        ) {
            let (mut theirs, mut ours) = (redis::Cmd::new(), Words::with_room(room, 0));
            for word in &words {
                theirs.arg(&word[..]);
                word.write_redis_args(&mut ours);
            }
            let mut wire = Vec::new();
            ours.write_to(&mut wire);
            prop_assert_eq!(wire, theirs.get_packed_command());
            prop_assert_eq!(ours.iter().collect::<Vec<_>>(), words);
        }
    }

    #[test]
    fn a_word_may_come_in_parts() {
        let mut words = Words::with_room(0, 0);
        words.push_joined(b"ns:", b"key");
        let mut next = words.writer_for_next_arg();
        next.write_all(b"a").and_then(|()| next.write_all(b"b")).unwrap();
        drop(next);
        assert_eq!(words.iter().collect::<Vec<_>>(), [b"ns:key", &b"ab"[..]]);
    }
}
