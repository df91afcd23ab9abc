use std::fmt;

use crate::error::{Error, ErrorKind, Outcome};

/// The byte that begins every form but JSON: it begins no JSON, no UTF-8, and MessagePack never uses it.
pub(super) const MAGIC: u8 = 0xC1;

/// In which form a value is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Json,
    MessagePack,
    Compressed,
    /// One of a later version, perhaps.
    Other(Option<u8>),
}

impl Form {
    /// The form of these bytes, and what is in it.
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

/// What the value is not, and why. No text of a decoder: it may quote the value.
pub(super) fn undecodable<T>(reason: impl fmt::Display) -> Error {
    let message = format!("the value does not decode as {}: {reason}", std::any::type_name::<T>());
    Error::new(ErrorKind::Deserialization, message).with_outcome(Outcome::Applied)
}

/// What the value has no form for, and why: of its type if there is no reason. No text of an encoder: it may quote the
/// value.
pub(super) fn unencodable<T: ?Sized>(form: &str, reason: Option<&str>) -> Error {
    let name = std::any::type_name::<T>();
    let message = match reason {
        Some(reason) => format!("{name} cannot be encoded as {form}: {reason}"),
        None => format!("{name} cannot be encoded as {form}"),
    };
    Error::new(ErrorKind::Serialization, message)
}

/// A form that this build has no feature for.
pub(super) fn unreadable<T>(form: Form, expected: impl fmt::Display) -> Error {
    undecodable::<T>(format_args!("expected {expected}, found {form}, which this build cannot read"))
}
