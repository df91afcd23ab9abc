//! What sibling crates stand on, beside the public methods. Not for services: it may change in any release.

use crate::{Expect, StoreError, StoreErrorKind, Version, Watch, version::Digest};
pub use crate::{
    commit::encode,
    conflicts::{MOST as MOST_CONFLICTS, pause as pause_after_conflicts},
    entry::decode,
    name::check_key,
    options::limited,
    watch::{Filter, Mode},
    words::Words,
};

/// What an error is made of. Services only read errors.
pub trait MakeError: Sized {
    /// A failure that changed nothing.
    fn new(kind: StoreErrorKind, message: impl Into<String>) -> Self;

    /// An argument that is invalid.
    fn invalid_input(message: impl Into<String>) -> Self;

    /// A reply that no script of ours gives.
    fn unexpected_reply(expected: &'static str) -> Self;

    /// Names the key, unless a layer below has named it.
    #[must_use]
    fn on_key(self, key: &str) -> Self;

    /// Names the version that the key has.
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

/// A version, of its parts.
#[must_use]
pub fn version(number: u64, revision: u64, digest: Digest) -> Version {
    Version { number, revision, digest }
}

/// The digest of a value.
#[must_use]
pub fn digest_of(value: &[u8]) -> Digest {
    Digest::of(value)
}

/// The digest that a text states, in hexadecimal.
#[must_use]
pub fn parse_digest(text: &str) -> Option<Digest> {
    Digest::parse(text)
}

/// An expectation as the scripts read it.
#[must_use]
pub fn expectation(expect: Expect) -> String {
    expect.to_argument()
}

/// What a watcher is to watch, and how.
#[must_use]
pub fn parts_of(watch: Watch) -> (Filter, Mode) {
    (watch.filter, watch.mode)
}
