use std::{
    collections::BTreeSet,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::StreamId;

/// The items of one consumer that were read and not dropped yet.
pub(crate) struct UnderWay {
    ids: Mutex<BTreeSet<StreamId>>,
    /// Called when one is dropped.
    freed: Box<dyn Fn() + Send + Sync>,
}

impl UnderWay {
    pub(crate) fn new(freed: impl Fn() + Send + Sync + 'static) -> Self {
        Self { ids: Mutex::default(), freed: Box::new(freed) }
    }

    pub(crate) fn len(&self) -> usize {
        self.ids().len()
    }

    pub(crate) fn list(&self) -> Vec<StreamId> {
        self.ids().iter().copied().collect()
    }

    /// Adds an item. `None` if it is under way already.
    pub(crate) fn add(self: &Arc<Self>, id: StreamId) -> Option<Place> {
        let is_new = self.ids().insert(id);
        is_new.then(|| Place(Arc::new(Taken { id, among: Arc::clone(self) })))
    }

    fn ids(&self) -> MutexGuard<'_, BTreeSet<StreamId>> {
        // No code that can panic runs while the lock is held.
        self.ids.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for UnderWay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnderWay").field("items", &self.len()).finish_non_exhaustive()
    }
}

/// The place of one item, which is free once every clone is dropped.
#[derive(Clone)]
pub(crate) struct Place(#[allow(dead_code, reason = "it is held, and dropped")] Arc<Taken>);

struct Taken {
    id: StreamId,
    among: Arc<UnderWay>,
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.among.ids().remove(&self.id);
        (self.among.freed)();
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Place")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[test]
    fn an_item_is_under_way_until_all_that_hold_it_are_gone() {
        let freed = Arc::new(AtomicU32::new(0));
        let counts = Arc::clone(&freed);
        let under_way = Arc::new(UnderWay::new(move || {
            counts.fetch_add(1, Ordering::SeqCst);
        }));
        let id = StreamId::new(1, 1);
        let place = under_way.add(id).unwrap();
        assert!(under_way.add(id).is_none());
        let held = place.clone();
        drop(place);
        assert_eq!((under_way.list(), freed.load(Ordering::SeqCst)), (vec![id], 0));
        drop(held);
        assert_eq!((under_way.len(), freed.load(Ordering::SeqCst)), (0, 1));
        assert!(under_way.add(id).is_some());
    }
}
