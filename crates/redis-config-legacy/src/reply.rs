use redis_config_store::{
    StoreError, StoreErrorKind, Version,
    error::Result,
    extension::{MakeError, ReplyReader, parse_digest},
};

use crate::{LegacyEntry, entry::version};

/// The answer of the read script.
#[derive(Debug)]
pub(crate) enum Found {
    None,
    Value(LegacyEntry),
    Missing,
    Trimmed,
}

/// The answer of the look script.
#[derive(Debug)]
pub(crate) enum Look {
    None,
    Same,
    Value {
        entry: LegacyEntry,
        follows: bool,
    },
    /// No store writes what the key holds.
    Foreign,
}

/// The answer of the history script: values or digests, the oldest first.
#[derive(Debug)]
pub(crate) struct Page {
    /// The version of the first item.
    pub(crate) first: u64,
    pub(crate) items: Vec<Vec<u8>>,
}

/// The answer of the write script: the version that the key has now, or had until it was deleted.
#[derive(Debug)]
pub(crate) struct Written(pub(crate) Option<Version>);

impl Found {
    pub(crate) fn read(words: Vec<Vec<u8>>) -> Result<Self> {
        let (said, mut reply) = begin(words)?;
        match &*said {
            "none" => Ok(Self::None),
            "value" => Ok(Self::Value(entry(&mut reply)?)),
            "missing" => Ok(Self::Missing),
            "trimmed" => Ok(Self::Trimmed),
            _ => Err(StoreError::unexpected_reply("what was read")),
        }
    }
}

impl Look {
    pub(crate) fn read(words: Vec<Vec<u8>>) -> Result<Self> {
        let mut reply = ReplyReader::new(words);
        match &*reply.text("what is there")? {
            "none" => Ok(Self::None),
            "same" => Ok(Self::Same),
            "value" => {
                let number = reply.number("a version")?;
                let follows = reply.text("whether it follows")? == "1";
                Ok(Self::Value { entry: LegacyEntry::new(number, reply.bytes("a value")?), follows })
            }
            "foreign" => Ok(Self::Foreign),
            _ => Err(StoreError::unexpected_reply("what is there")),
        }
    }
}

impl Page {
    pub(crate) fn read(words: Vec<Vec<u8>>) -> Result<Self> {
        let (_, mut reply) = begin(words)?;
        let first = reply.number("the first version")?;
        let mut items = Vec::new();
        while !reply.is_empty() {
            items.push(reply.bytes("a version")?);
        }
        Ok(Self { first, items })
    }

    /// The items with their numbers.
    pub(crate) fn numbered(self) -> impl DoubleEndedIterator<Item = (u64, Vec<u8>)> {
        let first = self.first;
        self.items
            .into_iter()
            .enumerate()
            .map(move |(place, item)| (first.saturating_add(place as u64), item))
    }

    /// The items, if they are digests, as versions.
    pub(crate) fn versions(self) -> Result<Vec<Version>> {
        let parse = |digest: Vec<u8>| parse_digest(std::str::from_utf8(&digest).ok()?);
        let read = |(number, digest)| Some(version(number, parse(digest)?));
        let versions: Option<_> = self.numbered().map(read).collect();
        versions.ok_or_else(|| StoreError::unexpected_reply("a digest"))
    }
}

impl Written {
    /// # Errors
    ///
    /// `Conflict`, with the key's version, if the key was not as expected.
    pub(crate) fn read(words: Vec<Vec<u8>>) -> Result<Self> {
        let (said, mut reply) = begin(words)?;
        let number = reply.number("a version")?;
        let held = if number == 0 { None } else { Some(version(number, reply.digest("a digest")?)) };
        match (&*said, held) {
            ("done" | "unchanged", held) => Ok(Self(held)),
            ("conflict", held) => {
                let message = match held {
                    Some(held) => format!("is not as expected, but at version {}", held.number),
                    None => "is not there".to_owned(),
                };
                Err(StoreError::new(StoreErrorKind::Conflict, message).with_current(held))
            }
            _ => Err(StoreError::unexpected_reply("what was written")),
        }
    }
}

/// The answer of the trim script: how many versions were removed.
pub(crate) fn trimmed(words: Vec<Vec<u8>>) -> Result<u64> {
    begin(words)?.1.number("how many versions were removed")
}

fn entry(reply: &mut ReplyReader) -> Result<LegacyEntry> {
    let number = reply.number("a version")?;
    Ok(LegacyEntry::new(number, reply.bytes("a value")?))
}

/// Reads the first word, which may say that the key is not a store's.
fn begin(words: Vec<Vec<u8>>) -> Result<(String, ReplyReader)> {
    let mut reply = ReplyReader::new(words);
    let said = reply.text("what happened")?;
    if said == "foreign" {
        return Err(StoreError::new(StoreErrorKind::Integrity, reply.text("what is wrong")?));
    }
    Ok((said, reply))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(words: &[&str]) -> Vec<Vec<u8>> {
        words.iter().map(|word| word.as_bytes().to_vec()).collect()
    }

    #[test]
    fn a_foreign_key_is_an_error_and_to_a_watcher_an_answer() {
        let reply = || words(&["foreign", "the key is of another type: hash"]);
        let error = Found::read(reply()).unwrap_err();
        assert_eq!((error.kind(), error.to_string().contains("hash")), (StoreErrorKind::Integrity, true));
        assert!(Page::read(reply()).unwrap_err().is_integrity());
        assert!(Written::read(reply()).unwrap_err().is_integrity());
        assert!(trimmed(reply()).unwrap_err().is_integrity());
        assert!(matches!(Look::read(reply()), Ok(Look::Foreign)));
    }

    #[test]
    fn a_conflict_names_the_version_of_the_key() {
        let digest = "da39a3ee5e6b4b0d3255bfef95601890afd80709";
        let error = Written::read(words(&["conflict", "3", digest])).unwrap_err();
        assert_eq!((error.is_conflict(), error.current().unwrap().number), (true, 3));
        let error = Written::read(words(&["conflict", "0", ""])).unwrap_err();
        assert_eq!((error.is_conflict(), error.current()), (true, None));
    }

    #[test]
    fn versions_are_numbered_from_the_first() {
        let page = Page::read(words(&["versions", "7", "a", "b"])).unwrap();
        let numbered: Vec<_> = page.numbered().collect();
        assert_eq!(numbered, [(7, b"a".to_vec()), (8, b"b".to_vec())]);
        assert!(Page::read(words(&["versions", "7", "no digest"])).unwrap().versions().is_err());
    }

    proptest! {
        #[test]
        fn no_reply_causes_a_panic(words: Vec<Vec<u8>>) {
            let _ = Found::read(words.clone());
            let _ = Look::read(words.clone());
            let _ = Page::read(words.clone()).and_then(Page::versions);
            let _ = Written::read(words.clone());
            let _ = trimmed(words);
        }
    }
}
