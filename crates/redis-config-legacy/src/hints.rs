use std::collections::BTreeSet;

use redis_service_runtime::Queue;

/// Why the follower of a watcher is woken. Hints that arrive while it is busy are merged into one.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Hints {
    /// Keys for which Redis sent a notification.
    names: BTreeSet<String>,
    /// Every key is to be checked.
    is_all: bool,
}

/// From this many keys on, every key is checked instead.
const MOST: usize = 1000;

impl Hints {
    /// Redis sent a notification for a key.
    pub(crate) fn add(&mut self, name: &str) {
        if self.is_all {
            return;
        }
        self.names.insert(name.to_owned());
        if self.names.len() >= MOST {
            self.add_all();
        }
    }

    /// A notification may have been missed.
    pub(crate) fn add_all(&mut self) {
        *self = Self { names: BTreeSet::new(), is_all: true };
    }

    /// The keys to check; `None` for all.
    pub(crate) fn into_names(self) -> Option<BTreeSet<String>> {
        if self.is_all { None } else { Some(self.names) }
    }
}

impl Queue for Hints {
    type Item = Self;

    fn pop(&mut self) -> Option<Self> {
        let hints = std::mem::take(self);
        (hints != Self::default()).then_some(hints)
    }

    fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_many_keys_mean_every_key() {
        let mut hints = Hints::default();
        assert_eq!(hints.pop(), None);
        hints.add("a");
        assert_eq!(hints.pop().unwrap().into_names(), Some(["a".to_owned()].into()));
        (0..MOST).for_each(|key| hints.add(&key.to_string()));
        hints.add("a");
        assert_eq!(hints.pop().unwrap().into_names(), None);
        assert_eq!(hints.pop(), None);
    }
}
