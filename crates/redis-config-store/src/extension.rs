//! What sibling crates stand on, beside the public methods. Not for services: it may change in any release.

pub use crate::{
    commit::encode,
    conflicts::{MOST as MOST_CONFLICTS, pause as pause_after_conflicts},
    options::limited,
    protocol::{ReplyReader, check_key},
    read::entry::decode,
    watch::filter::{Filter, Mode},
};
use crate::{
    error::{StoreError, StoreErrorKind},
    version::{Digest, Expect, Version},
    watch::Watch,
};

/// Makes errors, and adds to them. Services only read errors.
pub trait MakeError: Sized {
    /// A failure that changed nothing.
    fn new(kind: StoreErrorKind, message: impl Into<String>) -> Self;

    /// An argument that is invalid.
    fn invalid_input(message: impl Into<String>) -> Self;

    /// A reply that none of our scripts gives.
    fn unexpected_reply(expected: &'static str) -> Self;

    /// Names the key, unless a layer below has named it.
    #[must_use]
    fn on_key(self, key: &str) -> Self;

    /// Names the version that the failure is about.
    #[must_use]
    fn with_current(self, current: Option<Version>) -> Self;
}

impl MakeError for StoreError {
    fn new(kind: StoreErrorKind, message: impl Into<String>) -> Self {
        Self::new(kind, message)
    }

    fn invalid_input(message: impl Into<String>) -> Self {
        Self::invalid_input(message)
    }

    fn unexpected_reply(expected: &'static str) -> Self {
        Self::unexpected_reply(expected)
    }

    fn on_key(self, key: &str) -> Self {
        self.on_key(key)
    }

    fn with_current(self, current: Option<Version>) -> Self {
        self.with_current(current)
    }
}

/// Makes a version of its parts.
#[must_use]
pub fn version(number: u64, revision: u64, digest: Digest) -> Version {
    Version { number, revision, digest }
}

/// The digest of a value.
#[must_use]
pub fn digest_of(value: &[u8]) -> Digest {
    Digest::of(value)
}

/// Parses a digest, in hexadecimal.
#[must_use]
pub fn parse_digest(text: &str) -> Option<Digest> {
    Digest::parse(text)
}

/// The script's argument for an expectation.
#[must_use]
pub fn expectation(expect: Expect) -> String {
    expect.to_argument()
}

/// Which keys to watch, and which changes to deliver.
#[must_use]
pub fn parts_of(watch: Watch) -> (Filter, Mode) {
    (watch.filter, watch.mode)
}
