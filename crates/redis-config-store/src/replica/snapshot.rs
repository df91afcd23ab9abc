//! The contents of the snapshot file: a mirror with a checksum.

use std::sync::Arc;

use super::mirror::{Mirror, Position};
use crate::{
    error::{Result, StoreError},
    protocol::ReplyReader,
    read::{Entries, Entry, State},
};

const FORMAT: &str = "redis-config-store 1";

/// Encodes a mirror: a line with the format and the digest of the rest, then words, each after its length. `None` if
/// nothing is known, or the namespace is empty.
pub(crate) fn encode(namespace: &str, mirror: &Mirror) -> Option<Vec<u8>> {
    let Position::At(head) = &mirror.position else { return None };
    let mut body = Vec::new();
    for word in [namespace, &mirror.state.epoch, &mirror.state.revision.to_string(), head] {
        put(&mut body, word.as_bytes());
    }
    for (key, entry) in &*mirror.state.entries {
        put(&mut body, key.as_bytes());
        put(&mut body, &entry.to_stored());
    }
    let digest = sha1_smol::Sha1::from(&body).hexdigest();
    Some([format!("{FORMAT} {digest}\n").as_bytes(), &body].concat())
}

fn put(body: &mut Vec<u8>, word: &[u8]) {
    body.extend_from_slice(format!("{}\n", word.len()).as_bytes());
    body.extend_from_slice(word);
}

/// Why a file is not a snapshot of the namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// It is damaged, or not a snapshot file.
    Damaged,
    /// It is the snapshot of another namespace.
    Foreign,
}

/// Decodes a mirror.
pub(crate) fn decode(namespace: &str, file: &[u8]) -> Result<Mirror, Unfit> {
    let damaged = || Unfit::Damaged;
    let (line, body) = split(file).ok_or_else(damaged)?;
    let digest = sha1_smol::Sha1::from(body).hexdigest();
    if line != format!("{FORMAT} {digest}").as_bytes() {
        return Err(damaged());
    }
    let mut rest = body;
    let mut words = Vec::new();
    while !rest.is_empty() {
        let (length, after) = split(rest).ok_or_else(damaged)?;
        let length = std::str::from_utf8(length).ok().and_then(|length| length.parse().ok());
        let (word, after) = after.split_at_checked(length.ok_or_else(damaged)?).ok_or_else(damaged)?;
        words.push(word.to_vec());
        rest = after;
    }
    let mut reader = ReplyReader::new(words);
    if reader.text("a namespace").map_err(|_| damaged())? != namespace {
        return Err(Unfit::Foreign);
    }
    read(reader).map_err(|_| damaged())
}

fn read(mut reader: ReplyReader) -> Result<Mirror> {
    let epoch = reader.text("the epoch")?.into();
    let revision = reader.number("the revision")?;
    let position = Position::At(reader.text("the head")?);
    let mut entries = Entries::new();
    while !reader.is_empty() {
        let key = reader.text("a key")?;
        let entry = Entry::parse(&reader.bytes("an entry")?)
            .ok_or_else(|| StoreError::unexpected_reply("an entry"))?;
        entries.insert(key.into(), Arc::new(entry));
    }
    Ok(Mirror {
        state: State { epoch, revision, entries: Arc::new(entries) },
        position,
        reported: None,
        checkpoint: None,
    })
}

fn split(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    Some((&bytes[..end], &bytes[end + 1..]))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn mirror() -> Mirror {
        let stored = b"3 1 bd244f3fe7bbab7a3c33e59cc9fe5dc1e9334a41 8 1700 0 3 0 ops[\n1]";
        let entries = [("limits".into(), Arc::new(Entry::parse(stored).unwrap()))].into();
        let state = State { epoch: "e".into(), revision: 8, entries: Arc::new(entries) };
        Mirror { state, position: Position::At("h".to_owned()), reported: None, checkpoint: None }
    }

    #[test]
    fn a_snapshot_survives_a_round_trip() {
        let file = encode("billing", &mirror()).unwrap();
        let read = decode("billing", &file).unwrap();
        assert_eq!((read.state, read.position), (mirror().state, mirror().position));
        assert_eq!(decode("other", &file).unwrap_err(), Unfit::Foreign);
        assert!(encode("billing", &Mirror::default()).is_none());
    }

    #[test]
    fn every_damaged_byte_is_detected() {
        let file = encode("billing", &mirror()).unwrap();
        for at in 0..file.len() {
            let mut damaged = file.clone();
            damaged[at] ^= 1;
            assert_eq!(decode("billing", &damaged).unwrap_err(), Unfit::Damaged, "byte {at}");
            assert_eq!(decode("billing", &file[..at]).unwrap_err(), Unfit::Damaged, "cut at {at}");
        }
    }

    proptest! {
        #[test]
        fn no_file_causes_a_panic(file: Vec<u8>) {
            prop_assert_eq!(decode("billing", &file).unwrap_err(), Unfit::Damaged);
        }
    }
}
