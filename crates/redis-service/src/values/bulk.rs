//! Many keys in one go.

use std::fmt;

use crate::{
    error::{Error, Result},
    protocol::Reply,
};

/// The values of a reply that must hold as many as there were keys.
pub(crate) fn bytes_of(replies: Vec<Reply>, keys: usize) -> Result<Vec<Option<Vec<u8>>>> {
    if replies.len() != keys {
        return Err(Error::unexpected_reply("a value for each key", "another number of values"));
    }
    replies.into_iter().map(Reply::into_bytes).collect()
}

/// A value of a bulk read that did not decode, in the place of the value.
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

    /// The key, or of a hash the field, as its caller wrote it.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Why its value could not be had: kind `Deserialization`.
    #[must_use]
    pub fn error(&self) -> &Error {
        &self.error
    }

    /// The error alone, which names the key as well.
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
