//! Secrets, which are read from a configuration and never written to one.

use secrecy::SecretString;
use serde::{
    Deserialize, Deserializer,
    de::{Error, IgnoredAny},
};

/// For `#[serde(deserialize_with)]`. Unlike serde's own errors, its error never shows the value that it found
/// instead of text: an unquoted `"password": 12345` is a password all the same.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<SecretString>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Found {
        Text(Option<SecretString>),
        Other(IgnoredAny),
    }
    match Found::deserialize(from)? {
        Found::Text(secret) => Ok(secret),
        Found::Other(_) => Err(D::Error::custom("a user name or password is not text")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    #[derive(Debug, Deserialize)]
    struct Holder(#[serde(deserialize_with = "deserialize")] Option<SecretString>);

    #[test]
    fn text_or_nothing() {
        let read = |json| serde_json::from_str::<Holder>(json).map(|holder| holder.0);
        assert_eq!(read("\"pw\"").unwrap().unwrap().expose_secret(), "pw");
        assert!(read("null").unwrap().is_none());
        for json in ["271828", "-271828", "[271828]", "{\"271828\": 1}", "2.71828e5"] {
            assert!(!read(json).unwrap_err().to_string().contains("2718"), "{json}");
        }
    }
}
