//! How typed values become bytes.

use std::any::type_name;

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::error::Category;

use crate::{Error, ErrorKind, Outcome, Result};

/// The encoding of typed values.
///
/// # Values that Python services share
///
/// The JSON is that of Python's `json.dumps`, give or take white space and `\u` escapes, which mean the same:
/// each side reads what the other has stored. A dict is a struct, a tuple a list, and `None` is `null`. Two
/// types need a word:
///
/// - An `Enum` whose values are its names in lower case is an enum with `#[serde(rename_all = "lowercase")]`;
///   `snake_case` and others exist.
/// - `datetime.isoformat()` of a time with an offset is RFC 3339, and so is what the types of `jiff` and
///   `chrono` read and write with their feature `serde`, and those of `time` by
///   `#[serde(with = "time::serde::rfc3339")]`. UTC is written as `Z`, which `datetime.fromisoformat` knows
///   since Python 3.11. A time without an offset is no moment: read it as a `jiff::civil::DateTime`.
///
/// ```
/// use jiff::Timestamp;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize)]
/// struct User {
///     name: String,
///     status: Status,
///     created_at: Timestamp,
/// }
///
/// #[derive(Serialize, Deserialize, Debug, PartialEq)]
/// #[serde(rename_all = "lowercase")]
/// enum Status {
///     Active,
///     Suspended,
/// }
///
/// # #[cfg(feature = "blocking")] {
/// # let server = redis_testkit::Server::start(redis_testkit::Options::default())?;
/// # let config = redis_service::ServiceConfig::from_url(&server.url())?;
/// # let redis = redis_service::RedisService::connect(config)?;
/// # let hour = std::time::Duration::from_secs(3600);
/// // json.dumps({"name": "Zoé", "status": Status.ACTIVE.value,
/// //             "created_at": datetime(2024, 5, 1, 12, tzinfo=timezone.utc).isoformat()})
/// let python = r#"{"name": "Zo\u00e9", "status": "active", "created_at": "2024-05-01T12:00:00+00:00"}"#;
/// redis.set_raw("user:1", python, hour)?;
///
/// let user: User = redis.get("user:1")?.expect("a user");
/// assert_eq!((user.name.as_str(), &user.status), ("Zoé", &Status::Active));
///
/// redis.set("user:1", &user, hour)?;
/// let rust = r#"{"name":"Zoé","status":"active","created_at":"2024-05-01T12:00:00Z"}"#;
/// assert_eq!(redis.get_raw("user:1")?.as_deref(), Some(rust.as_bytes()));
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// What Python writes and JSON has no word for, `NaN` and `Infinity`, does not decode. Python's integers have
/// no bound; one that the type asked for cannot hold does not decode either.
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
