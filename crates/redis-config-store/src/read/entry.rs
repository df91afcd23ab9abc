use std::{
    any::type_name,
    fmt,
    time::{Duration, SystemTime},
};

use serde::de::DeserializeOwned;

use crate::{
    error::{Result, StoreError, StoreErrorKind},
    protocol::{Summary, text_of},
    version::Version,
};

/// One version of one key: its value, and who committed it, when and why.
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

    /// Whether this version is a deletion of the key.
    #[must_use]
    pub fn is_deletion(&self) -> bool {
        !self.is_live
    }

    /// Who committed it; empty if the commit names no author.
    #[must_use]
    pub fn author(&self) -> &str {
        &self.author
    }

    /// Why; empty if the commit has no message.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// When it was committed, by the server's clock.
    #[must_use]
    pub fn time(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_millis(self.time)
    }

    /// The version that it restores, if it is a rollback.
    #[must_use]
    pub fn restores(&self) -> Option<u64> {
        (self.restores > 0).then_some(self.restores)
    }

    /// The stored value: JSON, unless it was put as bytes. Empty for a deletion.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.value
    }

    /// The value.
    ///
    /// # Errors
    ///
    /// `Invalid` if it is not a `T`; `Missing` for a deletion.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T> {
        if !self.is_live {
            return Err(StoreError::new(StoreErrorKind::Missing, "the key was deleted")
                .with_current(Some(self.version)));
        }
        decode(&self.value).map_err(|error| error.with_current(Some(self.version)))
    }

    /// Parses a field of the hash, as the commit script writes it. `None` also if the value does not match its
    /// digest: another program wrote that.
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

    /// The field of the hash, as the commit script writes it.
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
            format!("the value is not a valid {}, line {line} column {column}", type_name::<T>()),
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::version::Digest;

    proptest! {
        #[test]
        fn an_entry_survives_a_round_trip(
            number in 1..u64::MAX, author in ".{0,12}", message in ".{0,12}", value: Vec<u8>, is_live: bool,
        ) {
            let digest = Digest::parse(&sha1_smol::Sha1::from(&value).hexdigest()).unwrap();
            let version = Version { number, revision: 7, digest };
            let entry = Entry { version, is_live, time: 5, restores: 0, author, message, value };
            let stored = entry.to_stored();
            prop_assert_eq!(Entry::parse(&stored), Some(entry));
            // Another program wrote this.
            prop_assert_eq!(Entry::parse(&[&stored[..], b"!"].concat()), None);
        }

        #[test]
        fn no_stored_bytes_cause_a_panic(stored: Vec<u8>) {
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
