use std::fmt;

use crate::error::{Error, ErrorKind, Outcome};

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

/// The error of a value without such a form. It names the type, and never has the text of an encoder, which may quote the
/// value.
pub(super) fn unencodable<T: ?Sized>(form: &str, reason: Option<&str>) -> Error {
    let name = std::any::type_name::<T>();
    let message = match reason {
        Some(reason) => format!("{name} cannot be encoded as {form}: {reason}"),
        None => format!("{name} cannot be encoded as {form}"),
    };
    Error::new(ErrorKind::Serialization, message)
}

/// The error of a form that this build has no feature for.
pub(super) fn unreadable<T>(form: Form, expected: impl fmt::Display) -> Error {
    undecodable::<T>(format_args!("expected {expected}, found {form}, which this build cannot read"))
}
