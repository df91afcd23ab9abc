use std::collections::BTreeSet;

use redis_service_runtime::Queue;

/// Why a follower of the older layout is woken. What comes while it is busy is told at once.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Hints {
    /// Keys that were announced.
    names: BTreeSet<String>,
    /// Everything is to be looked at.
    is_all: bool,
}

/// So many keys, and everything is looked at instead.
const MOST: usize = 1000;

impl Hints {
    /// A key was announced.
    pub(crate) fn add(&mut self, name: &str) {
        if self.is_all {
            return;
        }
        self.names.insert(name.to_owned());
        if self.names.len() >= MOST {
            self.add_all();
        }
    }

    /// Something may have been announced that was not heard.
    pub(crate) fn add_all(&mut self) {
        *self = Self { names: BTreeSet::new(), is_all: true };
    }

    /// The keys to look at; `None` for everything.
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
    fn too_many_keys_are_everything() {
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
