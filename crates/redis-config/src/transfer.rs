//! The export format: JSON, with a line for each key, and each value unchanged.

use std::{collections::BTreeMap, fmt, io::Write};

use redis_config_store::State;
use serde::{
    Deserialize, Deserializer,
    de::{self, MapAccess, Visitor},
};
use serde_json::value::RawValue;

use crate::{
    failure::{Failure, Result},
    json,
    record::Value,
};

const FORMAT: &str = "redis-config 1";

/// Writes all keys. The same state is always the same text.
pub(crate) fn write(namespace: &str, state: &State, to: &mut dyn Write) -> std::io::Result<()> {
    #[derive(serde::Serialize)]
    struct Key {
        version: u64,
        #[serde(flatten)]
        value: Value,
    }
    writeln!(to, "{{")?;
    writeln!(to, "  \"format\": {},", json::string(FORMAT))?;
    writeln!(to, "  \"namespace\": {},", json::string(namespace))?;
    writeln!(to, "  \"epoch\": {},", json::string(state.epoch()))?;
    writeln!(to, "  \"revision\": {},", state.revision())?;
    write!(to, "  \"keys\": {{")?;
    for (number, (key, entry)) in state.iter().enumerate() {
        let comma = if number == 0 { "" } else { "," };
        let value = Key { version: entry.version().number, value: Value::exactly(entry.bytes()) };
        write!(to, "{comma}\n    {}: {}", json::string(key), json::line(&value))?;
    }
    writeln!(to, "{}}}\n}}", if state.is_empty() { "" } else { "\n  " })
}

/// An export.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Exported {
    format: String,
    #[serde(rename = "namespace")]
    _namespace: String,
    pub(crate) epoch: String,
    pub(crate) revision: u64,
    #[serde(deserialize_with = "keys")]
    pub(crate) keys: BTreeMap<String, Vec<u8>>,
}

/// Reads an export.
///
/// # Errors
///
/// If it is not an export. The message shows no value.
pub(crate) fn read(file: &[u8]) -> Result<Exported> {
    let exported: Exported = serde_json::from_slice(file).map_err(|error| {
        if !error.is_data() {
            return Failure::refused(format!("this is not JSON: {}", json::what_is_wrong(&error)));
        }
        let (line, column) = (error.line(), error.column());
        // Its own text may quote a value, but not if it is ours.
        let why = error.to_string();
        let why = why.strip_prefix(OURS).map_or("it is not as redis-config export writes it", |why| why);
        Failure::refused(format!("this is not an export: line {line} column {column}: {why}"))
    })?;
    if exported.format != FORMAT {
        return Err(Failure::refused(format!("the format of this export is not {FORMAT:?}")));
    }
    Ok(exported)
}

const OURS: &str = "export: ";

fn keys<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, Vec<u8>>, D::Error> {
    struct Keys;

    impl<'de> Visitor<'de> for Keys {
        type Value = BTreeMap<String, Vec<u8>>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("keys")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut keys = BTreeMap::new();
            while let Some((key, value)) = map.next_entry::<String, Stored>()? {
                let bytes = value.bytes().map_err(|why| de::Error::custom(format!("{OURS}{key:?} {why}")))?;
                if keys.insert(key.clone(), bytes).is_some() {
                    return Err(de::Error::custom(format!("{OURS}{key:?} occurs twice")));
                }
            }
            Ok(keys)
        }
    }
    deserializer.deserialize_map(Keys)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    #[serde(rename = "version", default)]
    _version: u64,
    // Not an Option of itself: null is a value.
    #[serde(default, deserialize_with = "some")]
    value: Option<Box<RawValue>>,
    text: Option<String>,
    hex: Option<String>,
}

fn some<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Box<RawValue>>, D::Error> {
    Box::<RawValue>::deserialize(deserializer).map(Some)
}

impl Stored {
    fn bytes(self) -> Result<Vec<u8>, &'static str> {
        match (self.value, self.text, self.hex) {
            (Some(value), None, None) => Ok(value.get().as_bytes().to_vec()),
            (None, Some(text), None) => Ok(text.into_bytes()),
            (None, None, Some(hex)) => bytes_of(&hex).ok_or("has a hex that is not hexadecimal"),
            _ => Err("must have one of value, text and hex"),
        }
    }
}

fn bytes_of(hex: &str) -> Option<Vec<u8>> {
    let is_hex = hex.len().is_multiple_of(2) && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    let pairs = (0..hex.len()).step_by(2);
    is_hex.then(|| pairs.filter_map(|at| u8::from_str_radix(&hex[at..at + 2], 16).ok()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(keys: &str) -> Vec<u8> {
        let head = r#""format": "redis-config 1", "namespace": "n", "epoch": "e", "revision": 7"#;
        format!("{{{head}, \"keys\": {{{keys}}}}}").into_bytes()
    }

    #[test]
    fn values_are_read_to_the_letter() {
        let keys = r#""a": {"value": {"x":  1.0, "y": 123456789012345678901}}, "n": {"version": 2, "value": null},
                      "t": {"text": " 1"}, "h": {"hex": "00ff"}"#;
        let exported = read(&file(keys)).unwrap();
        assert_eq!((exported.revision, &*exported.epoch), (7, "e"));
        assert_eq!(exported.keys["a"], br#"{"x":  1.0, "y": 123456789012345678901}"#);
        assert_eq!(exported.keys["n"], b"null");
        assert_eq!(exported.keys["t"], b" 1");
        assert_eq!(exported.keys["h"], [0, 255]);
    }

    #[test]
    fn what_is_no_export_is_refused_without_showing_it() {
        for keys in [
            r#""a": {"value": 1}, "a": {"value": "canary"}"#,
            r#""a": {"valeu": "canary"}"#,
            r#""a": {"value": 1, "text": "canary"}"#,
            r#""a": {"hex": "canary"}"#,
            r#""a": {"hex": "0"}"#,
            r#""a": {"hex": "+0"}"#,
            r#""a": {}"#,
            r#""a": "canary""#,
            r#""a": {"version": "canary", "value": 1}"#,
        ] {
            let failure = read(&file(keys)).err().unwrap();
            assert!(!failure.message.contains("canary"), "{}", failure.message);
        }
        assert!(
            read(b"{canary").err().unwrap().message.starts_with("this is not JSON: key must be a string at ")
        );
        for other in ["", "[]", "{}", &String::from_utf8(file("")).unwrap().replace("config 1", "config 2")] {
            assert!(read(other.as_bytes()).is_err(), "{other}");
        }
    }
}
