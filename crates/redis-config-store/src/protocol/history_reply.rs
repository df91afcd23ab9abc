use super::{ReplyReader, record::Record};
use crate::{
    error::{Result, StoreError},
    read::Entry,
    watch::ResetReason,
};

/// The answer of the history script: the key's entry, and its records in the log, the newest first.
#[derive(Debug)]
pub(crate) struct HistoryReply {
    pub(crate) current: Option<Entry>,
    pub(crate) records: Vec<Entry>,
}

impl HistoryReply {
    pub(crate) fn read(words: Vec<Vec<u8>>) -> Result<Self> {
        let mut reply = ReplyReader::new(words);
        let stored = reply.bytes("an entry")?;
        let current = match &*stored {
            [] => None,
            stored => Some(Entry::parse(stored).ok_or_else(|| StoreError::damaged(ResetReason::Foreign))?),
        };
        let mut records = Vec::new();
        while !reply.is_empty() {
            records.push(Record::read(&mut reply)?.entry);
        }
        Ok(Self { current, records })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_reply_causes_a_panic(words: Vec<Vec<u8>>) {
            let _ = HistoryReply::read(words);
        }
    }
}
