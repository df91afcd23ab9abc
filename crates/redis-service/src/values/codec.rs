//! The encoding of typed values.

mod bare;
mod checked;
#[cfg(feature = "compression")]
mod compression;
mod encoding;
mod fields;
mod form;
mod json;
mod located;
#[cfg(feature = "messagepack")]
mod messagepack;
mod python_json;

pub(crate) use self::{
    encoding::Encoding,
    fields::{decode_fields, encode_fields},
    json::encode as to_json,
};

use serde::{Deserialize, Serialize};

/// The encoding of typed values.
///
/// # Forms, side by side
///
/// JSON is stored bare. Every other form begins with a byte that no JSON begins with, and a second byte that
/// names the form. So a service reads every form whose feature it is built with, whichever codec it writes
/// with: the codec can be changed while the old values are still there. A form whose feature is missing is an
/// error of kind `Deserialization` that names it.
///
/// An integer (of up to 64 bits) is stored bare with every codec, never compressed, so that `INCR` works on it.
///
/// | form | begins with | feature |
/// |---|---|---|
/// | JSON | the JSON itself | |
/// | MessagePack | `C1 4D` | `messagepack` |
/// | compressed, of any of the others | `C1 4C` | `compression` |
///
/// Values from a configured size on are compressed with LZ4:
/// [`compression_threshold`](crate::config::ServiceConfig::compression_threshold).
///
/// # Values that Python services share
///
/// The JSON is that of Python's `json.dumps`, except for white space and `\u` escapes, which mean the same:
/// each side reads the other's values. [`Codec::PythonJson`] writes the same bytes as well. A dict is a struct, a tuple a list, and `None` is `null`. Two types
/// need attention:
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
/// Python writes `NaN` and `Infinity`, which JSON does not have: they do not decode. Python's integers have
/// no bound; one that does not fit the requested type does not decode either.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Codec {
    /// JSON as `serde_json` writes it: an integer is stored bare, so that `INCR` works on it, and `null` is a
    /// value, distinct from a missing key.
    #[default]
    Json,
    /// JSON as Python's `json.dumps` writes it by default, byte for byte: `", "` and `": "`, `\u` escapes, floats such
    /// as `1e+16`. For values that programs in both languages compare by their bytes: members of sets and sorted sets,
    /// and arguments of scripts. In configuration it is `python_json`. It is read as any JSON is.
    #[serde(rename = "python_json")]
    PythonJson,
    /// MessagePack: smaller than JSON, with bytes and `NaN`; other programs must skip the two-byte prefix to
    /// read it. Structs are maps with the names of their fields, as in JSON.
    #[cfg(feature = "messagepack")]
    MessagePack,
}
