use std::sync::Arc;

use super::{ReplyReader, record::Record, text_of};
use crate::{
    error::{Result, StoreError},
    read::{Entries, Entry},
    watch::ResetReason,
};

/// The answer of the sync script.
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
        reason: SnapshotReason,
        current: CurrentValues,
    },
    Damaged {
        damage: Damage,
        current: Option<CurrentValues>,
    },
    /// The script does not answer this; the verification does: there are other values than were committed.
    Rewritten {
        current: CurrentValues,
    },
}

/// Why the answer is the whole state, and not the commits since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SnapshotReason {
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

impl Damage {
    /// Reads the word for it, which is the same in every script.
    pub(crate) fn read(reply: &mut ReplyReader) -> Result<Self> {
        match &*reply.text("what is damaged")? {
            "wrong-type" => Ok(Self::WrongType),
            "current-missing" => Ok(Self::CurrentMissing),
            "log-missing" => Ok(Self::LogMissing),
            "log-differs" => Ok(Self::LogDiffers),
            "unreadable" => Ok(Self::Unreadable),
            _ => Err(StoreError::unexpected_reply("what is damaged")),
        }
    }

    pub(crate) fn reason(self) -> ResetReason {
        match self {
            Self::LogMissing => ResetReason::LogLost,
            Self::LogDiffers => ResetReason::Disagreement,
            Self::CurrentMissing => ResetReason::ValuesLost,
            Self::WrongType | Self::Unreadable => ResetReason::Foreign,
        }
    }
}

/// The contents of the hash of current values.
#[derive(Clone, Debug)]
pub(crate) struct CurrentValues {
    pub(crate) epoch: String,
    pub(crate) revision: u64,
    pub(crate) head: String,
    /// Deleted keys included.
    pub(crate) entries: Entries,
}

impl SyncReply {
    pub(crate) fn read(words: Vec<Vec<u8>>) -> Result<Self> {
        let mut reply = ReplyReader::new(words);
        match &*reply.text("what happened")? {
            "same" => Ok(Self::Same),
            "empty" => Ok(Self::Empty),
            "events" => {
                let epoch = reply.text("the epoch")?;
                let revision = reply.number("the revision")?;
                let mut records = Vec::new();
                while !reply.is_empty() {
                    match Record::read(&mut reply) {
                        Ok(record) => records.push(record),
                        // Another program wrote to the log: this counts as a hole in it.
                        Err(_) => return Ok(Self::Events { epoch, revision, records: Vec::new() }),
                    }
                }
                Ok(Self::Events { epoch, revision, records })
            }
            "snapshot" => {
                let reason = match &*reply.text("a reason")? {
                    "initial" => SnapshotReason::Initial,
                    "epoch" => SnapshotReason::Epoch,
                    "compacted" => SnapshotReason::Compacted,
                    "regress" => SnapshotReason::Regress,
                    "fork" => SnapshotReason::Fork,
                    _ => return Err(StoreError::unexpected_reply("a reason")),
                };
                let (current, is_whole) = CurrentValues::read(reply)?;
                if !is_whole {
                    return Ok(Self::Damaged { damage: Damage::Unreadable, current: Some(current) });
                }
                Ok(Self::Snapshot { reason, current })
            }
            "damaged" => {
                let damage = Damage::read(&mut reply)?;
                // Keys that are damaged in one way may be damaged in another.
                let current = if reply.is_empty() { None } else { CurrentValues::read(reply).ok() };
                Ok(Self::Damaged { damage, current: current.map(|(current, _)| current) })
            }
            _ => Err(StoreError::unexpected_reply("what happened")),
        }
    }
}

impl CurrentValues {
    /// Reads what is readable. The second value says whether that is all.
    fn read(mut reply: ReplyReader) -> Result<(Self, bool)> {
        let epoch = reply.text("the epoch")?;
        let revision = reply.number("the revision")?;
        let head = reply.text("the head")?;
        let mut entries = Entries::new();
        let mut is_whole = true;
        while !reply.is_empty() {
            let (key, stored) = (reply.bytes("a key")?, reply.bytes("an entry")?);
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
        let SyncReply::Snapshot { reason: SnapshotReason::Fork, current } = SyncReply::read(reply).unwrap()
        else {
            panic!("no snapshot")
        };
        let entry = &current.entries["limits"];
        assert_eq!((current.revision, current.entries.len(), entry.author()), (8, 1, "ops"));
        assert_eq!((entry.message(), entry.bytes()), ("wh", &b"y[1]"[..]));
        let reply = words(&["snapshot", "fork", "e", "8", "h", "mine", "text", "limits", &stored]);
        let SyncReply::Damaged { damage, current } = SyncReply::read(reply).unwrap() else {
            panic!("a snapshot")
        };
        assert_eq!((damage, current.unwrap().entries.len()), (Damage::Unreadable, 1));
    }

    proptest! {
        #[test]
        fn no_reply_causes_a_panic(words: Vec<Vec<u8>>) {
            let _ = SyncReply::read(words);
        }
    }
}
