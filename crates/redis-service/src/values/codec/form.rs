use std::fmt;

use super::checked::Stop;
use crate::error::{Error, ErrorKind, Outcome, Result};

/// The first byte of every form but JSON: neither JSON nor UTF-8 begins with it, and MessagePack never uses
/// it.
pub(super) const MAGIC: u8 = 0xC1;

/// The form in which a value is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Json,
    MessagePack,
    Compressed,
    /// An unknown form, perhaps of a later version.
    Other(Option<u8>),
}

impl Form {
    /// Returns the form of these bytes, and its content.
    pub(super) fn of(bytes: &[u8]) -> (Self, &[u8]) {
        match bytes {
            [MAGIC, b'M', rest @ ..] => (Self::MessagePack, rest),
            [MAGIC, b'L', rest @ ..] => (Self::Compressed, rest),
            [MAGIC, rest @ ..] => (Self::Other(rest.first().copied()), rest),
            json => (Self::Json, json),
        }
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json => f.write_str("JSON"),
            Self::MessagePack => f.write_str("MessagePack"),
            Self::Compressed => f.write_str("a compressed form"),
            Self::Other(Some(form)) => write!(f, "an unknown form (C1 {form:02X})"),
            Self::Other(None) => f.write_str("an unknown form (C1)"),
        }
    }
}

/// The error of a value that does not decode as `T`, with the reason. It has no text of a decoder, which may
/// quote the value.
pub(super) fn undecodable<T>(reason: impl fmt::Display) -> Error {
    let message = format!("the value does not decode as {}: {reason}", std::any::type_name::<T>());
    Error::new(ErrorKind::Deserialization, message).with_outcome(Outcome::Applied)
}

/// What a value is stored as.
#[derive(Debug)]
pub(super) enum Encoded {
    Form(Vec<u8>),
    /// Text as it is. It stays so, for those who know no forms.
    Text(String),
}

impl Encoded {
    /// The text that a serializer was stopped at.
    ///
    /// # Errors
    ///
    /// `Serialization` if it was stopped by something else. The error names the type, and never has the text of an
    /// encoder, which may quote the value.
    pub(super) fn text<T: ?Sized>(stop: Stop, form: &str) -> Result<Self> {
        let name = std::any::type_name::<T>();
        let message = match stop {
            Stop::Text(text) => return Ok(Self::Text(text)),
            Stop::Refused(reason) => format!("{name} cannot be encoded as {form}: {reason}"),
            Stop::Unfit => format!("{name} cannot be encoded as {form}"),
        };
        Err(Error::new(ErrorKind::Serialization, message))
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        match self {
            Self::Form(bytes) => bytes,
            Self::Text(text) => text.into_bytes(),
        }
    }
}

/// The error of a form that this build has no feature for.
pub(super) fn unreadable<T>(form: Form, expected: impl fmt::Display) -> Error {
    undecodable::<T>(format_args!("expected {expected}, found {form}, which this build cannot read"))
}
