use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use crate::config::Credentials;

/// Counts how often the credentials have changed, so that connections of former ones can be told.
#[derive(Debug, Default)]
pub(crate) struct Rotation {
    last: Mutex<Option<Credentials>>,
    count: AtomicU64,
}

impl Rotation {
    /// Looks at the credentials of this moment.
    pub(crate) fn notice(&self, current: &Credentials) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        match &*last {
            Some(last) if last.is_same_as(current) => return,
            Some(_) => drop(self.count.fetch_add(1, Ordering::AcqRel)),
            None => {}
        }
        *last = Some(current.clone());
    }

    pub(crate) fn count(&self) -> u64 {
        self.count.load(Ordering::Acquire)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_changes_count() {
        let rotation = Rotation::default();
        for (credentials, count) in [
            (Credentials::new("app", "one"), 0),
            (Credentials::new("app", "one"), 0),
            (Credentials::new("app", "two"), 1),
            (Credentials::new("other", "two"), 2),
            (Credentials::password("two"), 3),
            (Credentials::password("two"), 3),
        ] {
            rotation.notice(&credentials);
            assert_eq!(rotation.count(), count);
        }
    }
}
