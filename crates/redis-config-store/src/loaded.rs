use std::{fmt, ops::Deref, sync::Arc};

use arc_swap::{ArcSwapOption, Guard};

use crate::Versioned;

/// The last good value of a live key, lent to whoever reads it: what `Live::load` gives.
///
/// Made for a read that ends soon: read, and drop it. It stays what it was when it was loaded, and keeps that
/// in memory. Each thread can have a few of them without counting; beyond those, one costs what `Live::load_full`
/// does. So keep what that gives, not this. Nobody waits for it to be dropped: holding it costs, and is not
/// wrong.
///
/// `Send` and `Sync` if `T` is both.
pub struct Loaded<T>(Guard<Option<Arc<Versioned<T>>>>);

impl<T> Loaded<T> {
    /// `None` if there is nothing.
    pub(crate) fn from(current: &ArcSwapOption<Versioned<T>>) -> Option<Self> {
        let current = current.load();
        current.is_some().then(|| Self(current))
    }
}

impl<T> Deref for Loaded<T> {
    type Target = Versioned<T>;

    fn deref(&self) -> &Versioned<T> {
        match &*self.0 {
            Some(current) => current,
            None => unreachable!("`from` lets only values pass"),
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for Loaded<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Versioned::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_may_go_to_another_thread() {
        fn check<T: Send + Sync>() {}
        check::<Loaded<String>>();
    }
}
