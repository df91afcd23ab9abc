/// What sending a command a second time would do, from harmless to harmful.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Category {
    /// It changes nothing.
    ReadOnly,
    /// It leaves the same state behind, however often it runs, though its reply may differ: SET, DEL.
    LastWins,
    /// It changes something only under a condition that its first run may have ended: SET NX.
    Checked,
    /// Every run adds to the last: INCR, APPEND, LPUSH.
    Accumulating,
    /// It must not be sent twice: blocking commands, scripts, and whatever is not known.
    Never,
}

impl Category {
    /// By the command's name and arguments.
    pub(crate) fn of<'a>(mut words: impl Iterator<Item = &'a [u8]>) -> Self {
        let name = words.next().unwrap_or_default().to_ascii_uppercase();
        match name.as_slice() {
            b"GET" | b"MGET" | b"EXISTS" | b"PTTL" | b"TTL" | b"STRLEN" | b"TYPE" | b"PING" | b"ECHO"
            | b"TIME" => Self::ReadOnly,
            // The first two words are the key and the value, which may read like an option.
            b"SET" if has_option(words.skip(2), &["NX", "XX", "GET"]) => Self::Checked,
            b"SET" | b"MSET" | b"DEL" | b"UNLINK" | b"PERSIST" | b"PEXPIRE" | b"PEXPIREAT" | b"TOUCH" => {
                Self::LastWins
            }
            _ => Self::Never,
        }
    }
}

fn has_option<'a>(mut words: impl Iterator<Item = &'a [u8]>, options: &[&str]) -> bool {
    words.any(|word| options.iter().any(|option| word.eq_ignore_ascii_case(option.as_bytes())))
}
