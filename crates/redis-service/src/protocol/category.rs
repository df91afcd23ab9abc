mod names;

use self::names::{ACCUMULATING, CHECKED, LAST_WINS, READ_ONLY};
use super::connection_needs::block_of;

/// The effect of sending a command a second time, from harmless to harmful.
///
/// | category | a second run | sent again after a lost reply | for example |
/// |---|---|---|---|
/// | `ReadOnly` | changes nothing | yes | GET, HGETALL, SCAN |
/// | `LastWins` | leaves the same state; only its count may differ | yes | SET, DEL, HSET, EXPIRE |
/// | `Checked` | finds what the first run has changed | no | SET NX, HSETNX, ZADD GT |
/// | `Accumulating` | adds to the first | no | INCR, LPUSH, PUBLISH, GETDEL |
/// | `Never` | has an unknown effect | no | BLPOP, scripts, unknown commands |
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum RetryCategory {
    /// It changes nothing.
    ReadOnly,
    /// It is idempotent: it leaves the same state, however often it runs, though its reply may differ: SET,
    /// DEL.
    LastWins,
    /// It depends on a condition that its own first run may have changed: SET NX.
    Checked,
    /// Every run adds to the last, or takes from what is left: INCR, APPEND, LPUSH, GETDEL.
    Accumulating,
    /// It must not be sent twice: blocking commands, scripts, and unknown commands.
    Never,
}

impl RetryCategory {
    /// Returns the category of a command by its words, the name first. Name and arguments both count: `SET`
    /// and `SET … NX` are in different categories.
    pub fn of<'a>(words: impl IntoIterator<Item = &'a [u8], IntoIter: Clone>) -> Self {
        let mut words = words.into_iter();
        let name = words.next().unwrap_or_default().to_ascii_uppercase();
        let Ok(name) = std::str::from_utf8(&name) else { return Self::Never };
        // Options come after the key, and after a value that may look like an option.
        match name {
            "SET"
                if has_option(
                    words.clone().skip(2),
                    &["NX", "XX", "GET", "IFEQ", "IFNE", "IFDEQ", "IFDNE"],
                ) =>
            {
                Self::Checked
            }
            "EXPIRE" | "PEXPIRE" | "EXPIREAT" | "PEXPIREAT"
                if has_option(words.clone().skip(2), &["NX", "XX", "GT", "LT"]) =>
            {
                Self::Checked
            }
            // After the option come fields, which may look like options.
            "HEXPIRE" | "HPEXPIRE" | "HEXPIREAT" | "HPEXPIREAT"
                if has_option(words.clone().skip(2).take(1), &["NX", "XX", "GT", "LT"]) =>
            {
                Self::Checked
            }
            "LTRIM" => of_ltrim(words.skip(1)),
            "ZADD" => of_zadd(words.skip(1)),
            "XADD" => of_xadd(words.skip(1)),
            "COPY" if !has_option(words.clone().skip(2), &["REPLACE"]) => Self::Checked,
            "RESTORE" if !has_option(words.clone().skip(3), &["REPLACE"]) => Self::Checked,
            "SORT" => of_sort(words),
            "BITOP" => of_store(words.skip(1)),
            "GEOSEARCHSTORE" | "SDIFFSTORE" | "ZDIFFSTORE" | "ZINTERSTORE" | "ZRANGESTORE"
            | "ZUNIONSTORE" => of_store(words),
            "XREAD" | "XREADGROUP" if block_of(words.clone()).is_some() => Self::Never,
            "XGROUP" => of_xgroup(words.next()),
            "CLIENT" => of_subcommand(words.next(), &["GETNAME", "ID", "INFO", "LIST", "TRACKINGINFO"]),
            "CONFIG" => of_subcommand(words.next(), &["GET"]),
            "SCRIPT" => of_subcommand(words.next(), &["EXISTS"]),
            "FUNCTION" => of_subcommand(words.next(), &["DUMP", "LIST", "STATS"]),
            "ACL" => of_subcommand(words.next(), &["CAT", "GETUSER", "LIST", "USERS", "WHOAMI"]),
            "CLUSTER" => {
                of_subcommand(words.next(), &["INFO", "KEYSLOT", "MYID", "NODES", "SHARDS", "SLOTS"])
            }
            name if READ_ONLY.contains(&name) => Self::ReadOnly,
            name if LAST_WINS.contains(&name) => Self::LastWins,
            name if CHECKED.contains(&name) => Self::Checked,
            name if ACCUMULATING.contains(&name) => Self::Accumulating,
            _ => Self::Never,
        }
    }
}

/// A destination that is also one of the sources is a different source for the second run.
fn of_store<'a>(mut words: impl Iterator<Item = &'a [u8]>) -> RetryCategory {
    let destination = words.next();
    if words.any(|word| Some(word) == destination) {
        RetryCategory::Accumulating
    } else {
        RetryCategory::LastWins
    }
}

/// The destination comes after the key, whose name may look like an option.
fn of_sort<'a>(words: impl Iterator<Item = &'a [u8]> + Clone) -> RetryCategory {
    let mut options = words.clone().skip(1);
    while let Some(option) = options.next() {
        match option.to_ascii_uppercase().as_slice() {
            b"BY" | b"GET" => drop(options.next()),
            b"LIMIT" => drop(options.nth(1)),
            b"STORE" => {
                let destination = options.next();
                let named = words.filter(|word| Some(*word) == destination).count();
                return if named > 1 { RetryCategory::Accumulating } else { RetryCategory::LastWins };
            }
            _ => {}
        }
    }
    RetryCategory::ReadOnly
}

fn of_zadd<'a>(options: impl Iterator<Item = &'a [u8]>) -> RetryCategory {
    let mut category = RetryCategory::LastWins;
    // The options end where the first score begins; a member may look like an option.
    for option in options {
        match option.to_ascii_uppercase().as_slice() {
            b"INCR" => return RetryCategory::Accumulating,
            b"NX" | b"XX" | b"GT" | b"LT" => category = RetryCategory::Checked,
            b"CH" => {}
            _ => break,
        }
    }
    category
}

/// A second run keeps the same values only if the range is counted from the end that stays: it keeps the
/// first N, or the last N.
fn of_ltrim<'a>(mut range: impl Iterator<Item = &'a [u8]>) -> RetryCategory {
    let (Some(start), Some(stop)) = (range.next(), range.next()) else { return RetryCategory::Never };
    let from_the_end = |index: &[u8]| index.starts_with(b"-");
    match (start, stop) {
        (b"0", b"-1") => RetryCategory::LastWins,
        (b"0", stop) if !from_the_end(stop) => RetryCategory::LastWins,
        (start, b"-1") if from_the_end(start) => RetryCategory::LastWins,
        _ => RetryCategory::Accumulating,
    }
}

/// A second run with the caller's own id is refused; with an id that the server chooses, it adds a second
/// entry.
fn of_xadd<'a>(options: impl Iterator<Item = &'a [u8]>) -> RetryCategory {
    let mut options = options;
    while let Some(option) = options.next() {
        match option.to_ascii_uppercase().as_slice() {
            b"NOMKSTREAM" | b"~" | b"=" | b"KEEPREF" | b"DELREF" | b"ACKED" => {}
            b"MAXLEN" | b"MINID" => {
                let threshold = options.next();
                if matches!(threshold, Some(b"~" | b"=")) {
                    options.next();
                }
            }
            b"LIMIT" => drop(options.next()),
            id if id.ends_with(b"*") => return RetryCategory::Accumulating,
            id if id.contains(&b'-') => return RetryCategory::Checked,
            _ => return RetryCategory::Never,
        }
    }
    RetryCategory::Never
}

/// Creating a group is refused if it exists. All else sets or removes what is named.
fn of_xgroup(subcommand: Option<&[u8]>) -> RetryCategory {
    let is = |options: &[&str]| has_option(subcommand.into_iter(), options);
    if is(&["CREATE"]) {
        RetryCategory::Checked
    } else if is(&["CREATECONSUMER", "DELCONSUMER", "DESTROY", "SETID"]) {
        RetryCategory::LastWins
    } else {
        RetryCategory::Never
    }
}

fn of_subcommand(subcommand: Option<&[u8]>, read_only: &[&str]) -> RetryCategory {
    let is_read_only = has_option(subcommand.into_iter(), read_only);
    if is_read_only { RetryCategory::ReadOnly } else { RetryCategory::Never }
}

fn has_option<'a>(mut words: impl Iterator<Item = &'a [u8]>, options: &[&str]) -> bool {
    words.any(|word| options.iter().any(|option| word.eq_ignore_ascii_case(option.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(command: &str) -> RetryCategory {
        RetryCategory::of(command.split(' ').map(str::as_bytes))
    }

    #[test]
    fn the_same_name_falls_into_several_categories() {
        use RetryCategory::*;
        for (command, category) in [
            ("GET k", ReadOnly),
            ("get k", ReadOnly),
            ("SET k v", LastWins),
            ("SET k v PX 5", LastWins),
            ("SET NX NX", LastWins),
            ("SET k v px 5 nx", Checked),
            ("SET k v XX", Checked),
            ("SET k v GET", Checked),
            ("PEXPIRE k 5", LastWins),
            ("PEXPIRE k 5 GT", Checked),
            ("HPEXPIRE k 5 FIELDS 1 NX", LastWins),
            ("HPEXPIRE k 5 NX FIELDS 1 f", Checked),
            ("LTRIM k 0 99", LastWins),
            ("LTRIM k -100 -1", LastWins),
            ("LTRIM k 1 -1", Accumulating),
            ("LTRIM k 0 -2", Accumulating),
            ("LTRIM k 1 99", Accumulating),
            ("LTRIM k -3 -2", Accumulating),
            ("ZADD k 1 NX", LastWins),
            ("ZADD k CH 1 m", LastWins),
            ("ZADD k NX CH 1 m", Checked),
            ("ZADD k XX INCR 1 m", Accumulating),
            ("XADD k * f v", Accumulating),
            ("XADD k 5-* f v", Accumulating),
            ("XADD k 5-1 f v", Checked),
            ("XADD k NOMKSTREAM MAXLEN ~ 100 LIMIT 10 5-1 f *", Checked),
            ("XADD k MAXLEN 100 * f v", Accumulating),
            ("XADD k 5 f v", Never),
            ("COPY a b", Checked),
            ("COPY a b REPLACE", LastWins),
            ("XREAD COUNT 1 STREAMS s 0", ReadOnly),
            ("XREAD BLOCK 5 STREAMS s 0", Never),
            ("XREADGROUP GROUP g c STREAMS s >", Accumulating),
            ("XREADGROUP GROUP g c BLOCK 5 STREAMS s >", Never),
            ("XREADGROUP GROUP block c STREAMS s >", Accumulating),
            ("XAUTOCLAIM s g c 5 0", Checked),
            ("XCLAIM s g c 5 1-1", Checked),
            ("XACK s g 1-1", LastWins),
            ("XGROUP CREATE s g $", Checked),
            ("XGROUP DESTROY s g", LastWins),
            ("XGROUP delconsumer s g c", LastWins),
            ("XGROUP HELP", Never),
            ("SORT k", ReadOnly),
            ("SORT k STORE d", LastWins),
            ("SORT k LIMIT 1 2 STORE k", Accumulating),
            ("SORT store STORE store", Accumulating),
            ("SORT l BY store STORE l", Accumulating),
            ("SORT store BY store", ReadOnly),
            ("ZUNIONSTORE d 2 a b", LastWins),
            ("ZUNIONSTORE d 2 a d", Accumulating),
            ("SDIFFSTORE a b a", Accumulating),
            ("ZRANGESTORE a a 1 5", Accumulating),
            ("GEOSEARCHSTORE d s FROMMEMBER m BYRADIUS 1 km", LastWins),
            ("BITOP AND d a b", LastWins),
            ("BITOP NOT d d", Accumulating),
            ("SUNIONSTORE a b a", LastWins),
            ("XREAD STREAMS block 0", ReadOnly),
            ("CONFIG GET maxmemory", ReadOnly),
            ("CONFIG SET maxmemory 1", Never),
            ("DEL k", LastWins),
            ("INCR k", Accumulating),
            ("GETDEL k", Accumulating),
            ("LPUSH k v", Accumulating),
            ("PUBLISH c m", Accumulating),
            ("BLPOP k 5", Never),
            ("EVAL script 0", Never),
            ("EVALSHA hash 0", Never),
            ("FCALL f 0", Never),
            ("FLUSHALL", Never),
            ("NEWCOMMAND k", Never),
            ("", Never),
        ] {
            assert_eq!(of(command), category, "{command}");
        }
    }

    #[test]
    fn no_command_is_listed_twice() {
        let mut names = [READ_ONLY, LAST_WINS, CHECKED, ACCUMULATING].concat();
        let listed = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), listed);
    }
}
