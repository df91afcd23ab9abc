//! Which keys a command reads.

use std::ops::Range;

use super::Command;

/// What reads, and no key of the database.
const KEYLESS: &[&str] = &[
    "ACL", "CLIENT", "CLUSTER", "COMMAND", "CONFIG", "ECHO", "FUNCTION", "INFO", "LASTSAVE", "LOLWUT",
    "PING", "PUBSUB", "ROLE", "SCRIPT", "SLOWLOG", "TIME",
];

impl Command {
    /// Whether it has to do with no key, whatever its arguments.
    pub(crate) fn reads_no_key(&self) -> bool {
        let name = self.words().next().unwrap_or_default();
        KEYLESS.iter().any(|keyless| name.eq_ignore_ascii_case(keyless.as_bytes()))
    }

    /// Whether all keys that it reads were added as keys, and none as an argument or by a pattern. Of commands of one
    /// key that goes without saying.
    pub(crate) fn reads_only_keys(&self) -> bool {
        let words: Vec<&[u8]> = self.words().collect();
        let name = words.first().copied().unwrap_or_default().to_ascii_uppercase();
        let mut keys = match name.as_slice() {
            b"EXISTS" | b"MGET" | b"PFCOUNT" | b"SDIFF" | b"SINTER" | b"SUNION" | b"TOUCH" => 1..words.len(),
            b"LCS" => 1..3,
            b"SINTERCARD" | b"ZDIFF" | b"ZINTER" | b"ZINTERCARD" | b"ZUNION" => 2..2 + count(words.get(1)),
            b"XREAD" => streams(&words),
            b"SORT" | b"SORT_RO" => return !sorts_by_other_keys(&words),
            _ => return true,
        };
        keys.all(|index| index >= words.len() || self.keys.contain(index))
    }
}

/// How many keys follow; none if that is no number, which the server refuses.
fn count(word: Option<&&[u8]>) -> usize {
    let number = word.and_then(|word| std::str::from_utf8(word).ok()).and_then(|word| word.parse().ok());
    number.map_or(0, |number: u16| number.into())
}

/// Behind STREAMS come keys, and then as many ids.
fn streams(words: &[&[u8]]) -> Range<usize> {
    let is_start = |word: &&[u8]| word.eq_ignore_ascii_case(b"STREAMS");
    let first = words.iter().position(is_start).map_or(words.len(), |index| index + 1);
    first..first + (words.len() - first) / 2
}

/// Whether it reads the keys that a pattern makes of the elements.
fn sorts_by_other_keys(words: &[&[u8]]) -> bool {
    let is_option = |word: &[u8]| word.eq_ignore_ascii_case(b"BY") || word.eq_ignore_ascii_case(b"GET");
    words.windows(2).skip(2).any(|pair| is_option(pair[0]) && pair[1].contains(&b'*'))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A command in which words that begin with a colon are keys.
    fn command(text: &'static str) -> Command {
        let mut words = text.split(' ');
        let name = Command::new(words.next().unwrap());
        words.fold(name, |command, word| match word.strip_prefix(':') {
            Some(key) => command.key(key),
            None => command.arg(word),
        })
    }

    #[test]
    fn every_key_that_is_read_is_added_as_one() {
        for (text, expected) in [
            ("GET :a", true),
            ("GETRANGE :a 0 1", true),
            ("MGET :a :b", true),
            ("mget :a b", false),
            ("EXISTS a :b", false),
            ("LCS :a :b LEN", true),
            ("LCS :a b", false),
            ("ZDIFF 2 :a :b WITHSCORES", true),
            ("ZDIFF 2 :a b WITHSCORES", false),
            ("ZUNION x :a", true),
            ("ZINTERCARD 65536 :a", true),
            ("XREAD COUNT 1 STREAMS :a :b 0 0", true),
            ("XREAD STREAMS :a b 0 0", false),
            ("SORT_RO :a LIMIT 0 1 GET #", true),
            ("SORT_RO :a BY nosort", true),
            ("SORT_RO :a BY weight_*", false),
            ("sort :a get other_*", false),
        ] {
            assert_eq!(command(text).reads_only_keys(), expected, "{text}");
        }
    }
}
