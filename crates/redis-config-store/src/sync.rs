use std::sync::Arc;

use crate::{
    Entry, Result, StoreError,
    entry::Record,
    state::Entries,
    words::{Words, text_of},
};

/// What the sync script answered.
#[derive(Debug)]
pub(crate) enum SyncReply {
    Same,
    Empty,
    Events {
        epoch: String,
        revision: u64,
        records: Vec<Record>,
    },
    Snapshot {
        because: Because,
        hash: Hash,
    },
    Damaged {
        damage: Damage,
        hash: Option<Hash>,
    },
    /// Not the script's word, but that of whoever compared: it has other values than were committed.
    Rewritten {
        hash: Hash,
    },
}

/// Why the whole state came, and not what happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Because {
    Initial,
    Epoch,
    Compacted,
    Regress,
    Fork,
}

/// What is wrong with the keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Damage {
    WrongType,
    CurrentMissing,
    LogMissing,
    LogDiffers,
    Unreadable,
}

/// The hash of current values.
#[derive(Clone, Debug)]
pub(crate) struct Hash {
    pub(crate) epoch: String,
    pub(crate) revision: u64,
    pub(crate) head: String,
    /// Deleted keys included.
    pub(crate) entries: Entries,
}

impl SyncReply {
    pub(crate) fn read(words: Vec<Vec<u8>>) -> Result<Self> {
        let mut words = Words::new(words);
        match &*words.text("what happened")? {
            "same" => Ok(Self::Same),
            "empty" => Ok(Self::Empty),
            "events" => {
                let epoch = words.text("the epoch")?;
                let revision = words.number("the revision")?;
                let mut records = Vec::new();
                while !words.is_empty() {
                    match Record::read(&mut words) {
                        Ok(record) => records.push(record),
                        // Somebody else has written to the log: that is a hole in it.
                        Err(_) => return Ok(Self::Events { epoch, revision, records: Vec::new() }),
                    }
                }
                Ok(Self::Events { epoch, revision, records })
            }
            "snapshot" => {
                let because = match &*words.text("a reason")? {
                    "initial" => Because::Initial,
                    "epoch" => Because::Epoch,
                    "compacted" => Because::Compacted,
                    "regress" => Because::Regress,
                    "fork" => Because::Fork,
                    _ => return Err(StoreError::unexpected_reply("a reason")),
                };
                let (hash, is_whole) = Hash::read(words)?;
                if !is_whole {
                    return Ok(Self::Damaged { damage: Damage::Unreadable, hash: Some(hash) });
                }
                Ok(Self::Snapshot { because, hash })
            }
            "damaged" => {
                let damage = match &*words.text("what is damaged")? {
                    "wrong-type" => Damage::WrongType,
                    "current-missing" => Damage::CurrentMissing,
                    "log-missing" => Damage::LogMissing,
                    "log-differs" => Damage::LogDiffers,
                    "unreadable" => Damage::Unreadable,
                    _ => return Err(StoreError::unexpected_reply("what is damaged")),
                };
                // Damaged in one way, it may well be in another.
                let hash = if words.is_empty() { None } else { Hash::read(words).ok().map(|(hash, _)| hash) };
                Ok(Self::Damaged { damage, hash })
            }
            _ => Err(StoreError::unexpected_reply("what happened")),
        }
    }
}

impl Hash {
    /// What can be read of it, and whether that is all.
    fn read(mut words: Words) -> Result<(Self, bool)> {
        let epoch = words.text("the epoch")?;
        let revision = words.number("the revision")?;
        let head = words.text("the head")?;
        let mut entries = Entries::new();
        let mut is_whole = true;
        while !words.is_empty() {
            let (key, stored) = (words.bytes("a key")?, words.bytes("an entry")?);
            if key.starts_with(b"#") {
                continue;
            }
            match (text_of(&key), Entry::parse(&stored)) {
                (Some(key), Some(entry)) => drop(entries.insert(key.into(), Arc::new(entry))),
                _ => is_whole = false,
            }
        }
        Ok((Self { epoch, revision, head, entries }, is_whole))
    }
}

/// What the history script answered: the key's entry, and what the log has of it, the newest first.
#[derive(Debug)]
pub(crate) struct HistoryReply {
    pub(crate) current: Option<Entry>,
    pub(crate) records: Vec<Entry>,
}

impl HistoryReply {
    pub(crate) fn read(words: Vec<Vec<u8>>) -> Result<Self> {
        let mut words = Words::new(words);
        let stored = words.bytes("an entry")?;
        let current = match &*stored {
            [] => None,
            stored => Some(Entry::parse(stored).ok_or_else(|| StoreError::unexpected_reply("an entry"))?),
        };
        let mut records = Vec::new();
        while !words.is_empty() {
            records.push(Record::read(&mut words)?.entry);
        }
        Ok(Self { current, records })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(words: &[&str]) -> Vec<Vec<u8>> {
        words.iter().map(|word| word.as_bytes().to_vec()).collect()
    }

    #[test]
    fn replies_are_read() {
        assert!(matches!(SyncReply::read(words(&["same"])), Ok(SyncReply::Same)));
        let digest = "c59d2455013719477539fa18f936f70aa4de39fa";
        let stored = format!("3 1 {digest} 8 1700 0 3 2 opswhy[1]");
        let reply = words(&["snapshot", "fork", "e", "8", "h", "#epoch", "e", "limits", &stored]);
        let SyncReply::Snapshot { because: Because::Fork, hash } = SyncReply::read(reply).unwrap() else {
            panic!("no snapshot")
        };
        let entry = &hash.entries["limits"];
        assert_eq!((hash.revision, hash.entries.len(), entry.author()), (8, 1, "ops"));
        assert_eq!((entry.message(), entry.bytes()), ("wh", &b"y[1]"[..]));
        let reply = words(&["snapshot", "fork", "e", "8", "h", "mine", "text", "limits", &stored]);
        let SyncReply::Damaged { damage, hash } = SyncReply::read(reply).unwrap() else {
            panic!("a snapshot")
        };
        assert_eq!((damage, hash.unwrap().entries.len()), (Damage::Unreadable, 1));
    }

    proptest! {
        #[test]
        fn no_reply_makes_it_panic(words: Vec<Vec<u8>>) {
            let _ = SyncReply::read(words.clone());
            let _ = HistoryReply::read(words);
        }
    }
}
