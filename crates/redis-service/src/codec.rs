//! How typed values become bytes.

use std::any::type_name;

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::error::Category;

use crate::{Error, ErrorKind, Outcome, Result};

/// The encoding of typed values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Codec {
    /// JSON, as `serde_json` writes it: an integer is stored bare, so that `INCR` works on it, and `null`
    /// is a value, distinct from a missing key.
    #[default]
    Json,
}

impl Codec {
    /// # Errors
    ///
    /// `Serialization`, naming the type and never the value.
    pub(crate) fn encode<T: Serialize + ?Sized>(self, value: &T) -> Result<Vec<u8>> {
        match self {
            // The error's own text may quote the value.
            Self::Json => serde_json::to_vec(value).map_err(|_| {
                let message = format!("{} cannot be encoded as JSON", type_name::<T>());
                Error::new(ErrorKind::Serialization, message)
            }),
        }
    }

    /// # Errors
    ///
    /// `Deserialization`, naming the type and the place in the bytes, never the bytes.
    pub(crate) fn decode<T: DeserializeOwned>(self, bytes: &[u8]) -> Result<T> {
        match self {
            Self::Json => serde_json::from_slice(bytes).map_err(|error| {
                let reason = match error.classify() {
                    Category::Syntax => "not valid JSON",
                    Category::Eof => "the JSON ends too early",
                    Category::Data | Category::Io => "the JSON does not fit the type",
                };
                let (line, column) = (error.line(), error.column());
                let message = format!("not a {}: {reason}, line {line} column {column}", type_name::<T>());
                Error::new(ErrorKind::Deserialization, message).with_outcome(Outcome::Applied)
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn integers_are_bare_and_null_is_a_value() {
        assert_eq!(Codec::Json.encode(&42).unwrap(), b"42");
        assert_eq!(Codec::Json.encode(&None::<u8>).unwrap(), b"null");
        assert_eq!(Codec::Json.decode::<Option<u8>>(b"null").unwrap(), None);
    }

    #[test]
    fn errors_name_the_type_and_never_the_value() {
        for bytes in [&b"\"canary\""[..], b"canary", b"{\"canary", b"[\"canary\"]", b""] {
            let error = Codec::Json.decode::<u64>(bytes).unwrap_err();
            let shown = format!("{error} {error:?}");
            assert_eq!(error.kind(), ErrorKind::Deserialization);
            assert!(shown.contains("u64") && !shown.contains("canary"), "{shown}");
        }
        let error = Codec::Json.encode(&BTreeMap::from([((1, 2), "canary")])).unwrap_err();
        let shown = format!("{error} {error:?}");
        assert_eq!(error.kind(), ErrorKind::Serialization);
        assert!(shown.contains("BTreeMap") && !shown.contains("canary"), "{shown}");
    }

    #[test]
    fn nesting_is_bounded_when_reading() {
        let deep = [vec![b'['; 10_000], vec![b']'; 10_000]].concat();
        let error = Codec::Json.decode::<serde_json::Value>(&deep).unwrap_err();
        assert!(error.is_deserialization());
    }
}
