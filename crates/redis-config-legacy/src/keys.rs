use redis_config_store::{
    StoreError,
    error::Result,
    extension::{Filter, MakeError},
};

/// The prefix of a store's Redis keys.
#[derive(Clone, Debug)]
pub(crate) struct Prefix(String);

/// The end of a base key's hash tag.
const BASE: &str = "}#base";

impl Prefix {
    pub(crate) fn new(prefix: impl Into<String>) -> Self {
        Self(prefix.into())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The Redis key of a name.
    ///
    /// # Errors
    ///
    /// `InvalidInput` if the name is empty, or contains the mark of a base key.
    pub(crate) fn key(&self, name: &str) -> Result<String> {
        if name.is_empty() {
            return Err(StoreError::invalid_input("the key is empty"));
        }
        let key = format!("{}{name}", self.0);
        if key.contains(BASE) {
            return Err(StoreError::invalid_input(format!("a key must not contain {BASE}")).on_key(name));
        }
        Ok(key)
    }

    /// The name of a Redis key; `None` if the key does not belong to this store.
    pub(crate) fn name<'a>(&self, key: &'a str) -> Option<&'a str> {
        let name = key.strip_prefix(&self.0)?;
        (!name.is_empty() && !key.contains(BASE)).then_some(name)
    }

    /// The common prefix of the Redis keys whose names a filter matches; for one key, the whole key.
    pub(crate) fn of(&self, filter: &Filter) -> String {
        match filter {
            Filter::All => self.0.clone(),
            Filter::Prefix(name) | Filter::Key(name) => format!("{}{name}", self.0),
        }
    }
}

/// The base key of a key, which Redis sees as `whole`. It is on the same slot of a cluster, and not below the prefix:
/// a listing of the configuration does not show it.
pub(crate) fn base_of(key: &str, whole: &[u8]) -> Vec<u8> {
    match tag(whole) {
        Some(tag) => [b"{", tag, BASE.as_bytes(), b":", key.as_bytes()].concat(),
        None => [b"{", whole, BASE.as_bytes()].concat(),
    }
}

/// The hash tag of a key, if it has one.
fn tag(key: &[u8]) -> Option<&[u8]> {
    let open = key.iter().position(|byte| *byte == b'{')?;
    let inside = &key[open + 1..];
    let close = inside.iter().position(|byte| *byte == b'}')?;
    (close > 0).then(|| &inside[..close])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_literal_and_a_base_no_name() {
        let prefix = Prefix::new("config:");
        assert_eq!(prefix.key("limits").unwrap(), "config:limits");
        assert_eq!(prefix.name("config:limits"), Some("limits"));
        for other in ["config:", "configlimits", "other:limits", "config:{a}#base"] {
            assert_eq!(prefix.name(other), None, "{other}");
        }
        assert!(prefix.key("").is_err() && prefix.key("{a}#base").is_err());
        assert_eq!(Prefix::new("").name("{limits}#base"), None);
    }

    #[test]
    fn a_base_is_on_the_slot_of_its_key() {
        for (key, base) in [
            ("config:limits", "{config:limits}#base"),
            ("c:{billing}:limits", "{billing}#base:c:{billing}:limits"),
        ] {
            let made = base_of(key, key.as_bytes());
            assert_eq!(made, base.as_bytes());
            assert_eq!(tag(&made), Some(tag(key.as_bytes()).unwrap_or(key.as_bytes())));
        }
    }
}
