//! Bulk reads of many keys.

use std::fmt;

use crate::{
    error::{Error, Result},
    protocol::Reply,
};

/// Reads the values of a reply that must have one for each key.
pub(crate) fn bytes_of(replies: Vec<Reply>, keys: usize) -> Result<Vec<Option<Vec<u8>>>> {
    if replies.len() != keys {
        return Err(Error::unexpected_reply("a value for each key", "a different number of values"));
    }
    replies.into_iter().map(Reply::into_bytes).collect()
}

/// The error of a single value in a bulk read, in the place of the value.
#[derive(Clone, Debug)]
pub struct FailedValue {
    key: String,
    error: Error,
}

impl FailedValue {
    pub(crate) fn new(key: &[u8], error: Error) -> Self {
        Self { key: String::from_utf8_lossy(key).into_owned(), error }
    }

    pub(crate) fn in_field(field: &str, error: Error) -> Self {
        Self { key: field.to_owned(), error: error.in_field(field) }
    }

    /// Returns the key, or the field of a hash, as the caller wrote it.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Returns why the value is missing: kind `Deserialization`.
    #[must_use]
    pub fn error(&self) -> &Error {
        &self.error
    }

    /// Returns only the error, which names the key as well.
    #[must_use]
    pub fn into_error(self) -> Error {
        self.error
    }
}

impl fmt::Display for FailedValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl std::error::Error for FailedValue {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}
