use crate::error::{Result, StoreError};

/// The two keys of a namespace in Redis, which are on one slot.
#[derive(Clone, Debug)]
pub(crate) struct NamespaceKeys {
    /// The hash of current values.
    pub(crate) current: String,
    /// The stream of commits, the log.
    pub(crate) log: String,
    /// The prefix of both, and of no key of another namespace.
    pub(crate) prefix: String,
}

/// The length limit of names, in bytes.
pub(crate) const LONGEST: usize = 512;

impl NamespaceKeys {
    /// # Errors
    ///
    /// `InvalidInput` if the name is empty or too long, or contains a brace, which would move its keys to different
    /// slots.
    pub(crate) fn new(namespace: &str) -> Result<Self> {
        if namespace.is_empty() || namespace.len() > LONGEST || namespace.contains(['{', '}']) {
            let message = format!("a namespace must have 1 to {LONGEST} bytes, and no brace");
            return Err(StoreError::invalid_input(message));
        }
        let prefix = format!("{{cs:{namespace}}}:");
        Ok(Self { current: format!("{prefix}cur"), log: format!("{prefix}log"), prefix })
    }
}

/// Checks a key.
///
/// # Errors
///
/// `InvalidInput` if it is empty or too long, or reserved for the store's own fields.
pub fn check_key(key: &str) -> Result<()> {
    if key.is_empty() || key.len() > LONGEST {
        return Err(StoreError::invalid_input(format!("a key must have 1 to {LONGEST} bytes")));
    }
    if key.starts_with('#') {
        return Err(StoreError::invalid_input("a key must not begin with #").on_key(key));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_keys_of_a_namespace_are_on_one_slot() {
        let keys = NamespaceKeys::new("billing").unwrap();
        assert_eq!(keys.current, "{cs:billing}:cur");
        assert_eq!(keys.log, "{cs:billing}:log");
        for refused in ["", "a{b", "a}b"] {
            assert!(NamespaceKeys::new(refused).is_err(), "{refused}");
        }
    }

    #[test]
    fn reserved_fields_are_invalid_keys() {
        for refused in ["", "#epoch", &"k".repeat(513)] {
            assert!(check_key(refused).is_err(), "{refused}");
        }
        for fine in ["limits", "a b", "*[x]", "ü", "a#"] {
            assert!(check_key(fine).is_ok(), "{fine}");
        }
    }
}
