use crate::{Result, StoreError};

/// A namespace of the store, by the keys that it has in Redis: two, on one slot.
#[derive(Clone, Debug)]
pub(crate) struct Name {
    /// The hash of current values.
    pub(crate) current: String,
    /// The stream of what was committed.
    pub(crate) log: String,
    /// How both begin, and no key of another namespace.
    pub(crate) prefix: String,
}

/// How long names may be, in bytes.
const LONGEST: usize = 512;

impl Name {
    /// # Errors
    ///
    /// `InvalidInput` if the name is empty or too long, or has a brace, which would move its keys to
    /// different slots.
    pub(crate) fn new(namespace: &str) -> Result<Self> {
        if namespace.is_empty() || namespace.len() > LONGEST || namespace.contains(['{', '}']) {
            let message = format!("the namespace must have 1 to {LONGEST} bytes, and no brace");
            return Err(StoreError::invalid_input(message));
        }
        let prefix = format!("{{cs:{namespace}}}:");
        Ok(Self { current: format!("{prefix}cur"), log: format!("{prefix}log"), prefix })
    }
}

/// # Errors
///
/// `InvalidInput` if a key is empty or too long, or would be one of the store's own fields.
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
        let name = Name::new("billing").unwrap();
        assert_eq!(name.current, "{cs:billing}:cur");
        assert_eq!(name.log, "{cs:billing}:log");
        for refused in ["", "a{b", "a}b"] {
            assert!(Name::new(refused).is_err(), "{refused}");
        }
    }

    #[test]
    fn fields_of_the_store_are_no_keys() {
        for refused in ["", "#epoch", &"k".repeat(513)] {
            assert!(check_key(refused).is_err(), "{refused}");
        }
        for fine in ["limits", "a b", "*[x]", "ü", "a#"] {
            assert!(check_key(fine).is_ok(), "{fine}");
        }
    }
}
