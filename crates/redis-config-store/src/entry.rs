use std::{
    any::type_name,
    fmt,
    time::{Duration, SystemTime},
};

use serde::de::DeserializeOwned;

use crate::{
    Result, StoreError, StoreErrorKind, Version,
    words::{Summary, Words, text_of},
};

/// One version of one key: its value, and who made it, when and why.
///
/// `Debug` leaves the value out: configuration holds secrets.
#[derive(Clone, PartialEq, Eq)]
pub struct Entry {
    pub(crate) version: Version,
    pub(crate) is_live: bool,
    pub(crate) time: u64,
    pub(crate) restores: u64,
    pub(crate) author: String,
    pub(crate) message: String,
    pub(crate) value: Vec<u8>,
}

impl Entry {
    /// Which version this is.
    #[must_use]
    pub fn version(&self) -> Version {
        self.version
    }

    /// Whether this version is that the key was deleted.
    #[must_use]
    pub fn is_deletion(&self) -> bool {
        !self.is_live
    }

    /// Who made it; empty if they did not say.
    #[must_use]
    pub fn author(&self) -> &str {
        &self.author
    }

    /// Why; empty if they did not say.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// When, by the clock of the server.
    #[must_use]
    pub fn time(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_millis(self.time)
    }

    /// Which version it brought back, if it is a rollback.
    #[must_use]
    pub fn restores(&self) -> Option<u64> {
        (self.restores > 0).then_some(self.restores)
    }

    /// The value as it is stored: JSON, unless it was put as bytes. Empty if this is a deletion.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.value
    }

    /// The value.
    ///
    /// # Errors
    ///
    /// `Invalid` if it is no `T`, `Missing` if this is a deletion.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T> {
        if !self.is_live {
            return Err(StoreError::new(StoreErrorKind::Missing, "the key was deleted")
                .with_current(Some(self.version)));
        }
        decode(&self.value).map_err(|error| error.with_current(Some(self.version)))
    }

    /// From a field of the hash, as the commit script writes it. Not one whose value is another than its digest
    /// says: somebody else has written that.
    pub(crate) fn parse(stored: &[u8]) -> Option<Self> {
        // Seven parts and a space after each; then author, message and value, of which two have stated lengths.
        let mut rest = stored;
        let mut spaces = 0;
        let end = stored.iter().position(|byte| {
            spaces += usize::from(*byte == b' ');
            spaces == 8
        })?;
        let head = text_of(&stored[..end])?;
        rest = &rest[end + 1..];
        let summary = Summary::parse(head)?;
        let mut parts = head.split(' ').skip(4);
        let time = parts.next()?.parse().ok()?;
        let restores = parts.next()?.parse().ok()?;
        let author = cut(&mut rest, parts.next()?)?;
        let message = cut(&mut rest, parts.next()?)?;
        if !summary.version.digest.is_of(rest) {
            return None;
        }
        Some(Self {
            version: summary.version,
            is_live: summary.is_live,
            time,
            restores,
            author,
            message,
            value: rest.to_vec(),
        })
    }

    /// As the commit script writes it.
    pub(crate) fn to_stored(&self) -> Vec<u8> {
        let Version { number, revision, digest } = self.version;
        let Self { is_live, time, restores, author, message, value, .. } = self;
        let (live, authors, messages) = (u8::from(*is_live), author.len(), message.len());
        let head = format!(
            "{number} {live} {digest} {revision} {time} {restores} {authors} {messages} {author}{message}"
        );
        [head.as_bytes(), value].concat()
    }
}

fn cut(rest: &mut &[u8], length: &str) -> Option<String> {
    let (text, after) = rest.split_at_checked(length.parse().ok()?)?;
    *rest = after;
    text_of(text).map(str::to_owned)
}

/// Decodes a value, and never shows it.
///
/// # Errors
///
/// `Invalid` if it is not a `T`.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    serde_json::from_slice(bytes).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        StoreError::new(
            StoreErrorKind::Invalid,
            format!("the value is no {}, line {line} column {column}", type_name::<T>()),
        )
    })
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("version", &self.version)
            .field("is_live", &self.is_live)
            .field("author", &self.author)
            .field("message", &self.message)
            .field("bytes", &self.value.len())
            .finish_non_exhaustive()
    }
}

/// A record of the log.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) revision: u64,
    pub(crate) key: String,
    pub(crate) entry: Entry,
    /// Of the namespace, after this record.
    pub(crate) head: String,
    /// How many records the commit has.
    pub(crate) size: u64,
}

impl Record {
    pub(crate) fn read(words: &mut Words) -> Result<Self> {
        let id = words.text("the id of a record")?;
        let revision = id.split('-').next().and_then(|revision| revision.parse().ok());
        let revision = revision.ok_or_else(|| StoreError::unexpected_reply("the id of a record"))?;
        let key = words.text("a key")?;
        let number = words.number("a version")?;
        let is_live = words.text("the kind of a change")? == "put";
        let digest = words.digest("a digest")?;
        let author = words.text("an author")?;
        let message = words.text("a message")?;
        let time = words.number("a time")?;
        words.bytes("an operation")?;
        let head = words.text("a head")?;
        let size = words.number("the size of a commit")?;
        let restores = words.number("a restored version")?;
        let value = words.bytes("a value")?;
        let version = Version { number, revision, digest };
        let entry = Entry { version, is_live, time, restores, author, message, value };
        Ok(Self { revision, key, entry, head, size })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::version::Digest;

    proptest! {
        #[test]
        fn an_entry_comes_back_as_it_went_in(
            number in 1..u64::MAX, author in ".{0,12}", message in ".{0,12}", value: Vec<u8>, is_live: bool,
        ) {
            let digest = Digest::parse(&sha1_smol::Sha1::from(&value).hexdigest()).unwrap();
            let version = Version { number, revision: 7, digest };
            let entry = Entry { version, is_live, time: 5, restores: 0, author, message, value };
            let stored = entry.to_stored();
            prop_assert_eq!(Entry::parse(&stored), Some(entry));
            // Somebody else has written this.
            prop_assert_eq!(Entry::parse(&[&stored[..], b"!"].concat()), None);
        }

        #[test]
        fn nothing_that_is_stored_makes_it_panic(stored: Vec<u8>) {
            Entry::parse(&stored);
        }
    }

    #[test]
    fn neither_debug_nor_errors_show_the_value() {
        let digest = Digest::parse("da39a3ee5e6b4b0d3255bfef95601890afd80709").unwrap();
        let version = Version { number: 1, revision: 7, digest };
        let entry = Entry {
            version,
            is_live: true,
            time: 5,
            restores: 0,
            author: String::new(),
            message: String::new(),
            value: b"\"canary\"".to_vec(),
        };
        let error = entry.decode::<u32>().unwrap_err();
        assert!(!format!("{entry:?} {error} {error:?}").contains("canary"));
        assert_eq!((error.kind(), error.current()), (StoreErrorKind::Invalid, Some(version)));
    }
}
