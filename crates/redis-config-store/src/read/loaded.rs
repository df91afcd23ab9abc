use std::{fmt, ops::Deref, sync::Arc};

use arc_swap::{ArcSwapOption, Guard};

use super::Versioned;

/// The last good value of a live key, lent for a short read. `Live::load` returns it.
///
/// Read it, and drop it soon. It does not change after it was loaded, and keeps its value in memory. A thread can hold
/// a few of them without a reference count; each further one costs what `Live::load_full` does. To keep a value, use
/// `load_full`. Nothing waits for a `Loaded` to be dropped.
///
/// `Send` and `Sync` if `T` is both.
pub struct Loaded<T>(Guard<Option<Arc<Versioned<T>>>>);

impl<T> Loaded<T> {
    /// `None` if there is no value.
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
    fn it_can_be_sent_to_another_thread() {
        fn check<T: Send + Sync>() {}
        check::<Loaded<String>>();
    }
}
