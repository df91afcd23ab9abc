use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use arc_swap::ArcSwapOption;
use redis_service_runtime::contain;
use serde::de::DeserializeOwned;

use super::{Observer, Update};
use crate::{
    error::{Result, StoreError, StoreErrorKind},
    options::StoreOptions,
    read::{Entry, Loaded, Source, Versioned},
    version::Version,
    watch::ResetReason,
};

/// The current value of a key, for a live value. It applies updates one after the other, on one thread at a time.
///
/// What the user wrote (validators, the type's `Deserialize` and `Drop`) runs while no lock is held: it may look at the
/// live value, and sees the value before. Its panics are caught.
pub(crate) struct LiveCell<T> {
    key: String,
    options: StoreOptions,
    current: ArcSwapOption<Versioned<T>>,
    progress: Mutex<Progress>,
}

/// How far the updates are applied.
struct Progress {
    /// The number of the last update that was applied, and when Redis was asked that confirmed it.
    number: u64,
    confirmed: Option<Instant>,
    /// Why the value is not the one of that update.
    problem: Option<StoreError>,
    /// The update to apply next. A later one takes its place.
    next: Option<Update>,
    is_applying: bool,
}

/// How current the value of a cell is.
pub(crate) struct CellStatus {
    pub(crate) version: Option<Version>,
    pub(crate) problem: Option<StoreError>,
    /// When Redis was asked that confirmed it. The store may have a newer update already, which is being applied.
    pub(crate) confirmed: Option<Instant>,
}

/// What an update makes of the value.
enum Effect<T> {
    Kept,
    Replaced(Option<Arc<Versioned<T>>>),
}

impl<T> LiveCell<T> {
    /// An empty cell. Until [`begin`](Self::begin), it applies only the updates that its maker [`apply`](Self::apply)s,
    /// so that these do not wait for another thread.
    pub(crate) fn new(key: &str, options: StoreOptions) -> Self {
        let (number, confirmed, problem, next) = (0, None, None, None);
        Self {
            key: key.to_owned(),
            options,
            current: ArcSwapOption::empty(),
            progress: Mutex::new(Progress { number, confirmed, problem, next, is_applying: true }),
        }
    }

    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    pub(crate) fn load(&self) -> Option<Loaded<T>> {
        Loaded::from(&self.current)
    }

    pub(crate) fn load_full(&self) -> Option<Arc<Versioned<T>>> {
        self.current.load_full()
    }

    pub(crate) fn status(&self) -> CellStatus {
        let (problem, confirmed) = {
            let progress = self.progress();
            (progress.problem.clone(), progress.confirmed)
        };
        let version = self.current.load().as_ref().map(|current| current.version);
        CellStatus { version, problem, confirmed }
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        // No user code runs while it is held.
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: DeserializeOwned> LiveCell<T> {
    /// Applies an update, and those that came meanwhile; from then on, those that it observes.
    pub(crate) fn begin(&self, update: Update) {
        self.progress().offer(update);
        self.apply_offered();
    }

    fn apply_offered(&self) {
        let applying = Applying(&self.progress);
        let next = || self.progress().next();
        while let Some(update) = next() {
            self.apply(&update);
        }
        std::mem::forget(applying);
    }

    /// Applies an update. No other thread does so at the same time.
    pub(crate) fn apply(&self, update: &Update) {
        let (reset, problem) = {
            let progress = self.progress();
            (update.reset_since(progress.number), progress.problem.clone())
        };
        let (effect, problem) = match update.state.entries.get(&*self.key) {
            Some(entry) if entry.is_deletion() => (Effect::Replaced(None), None),
            Some(entry) => self.accept(entry, update.source, problem),
            None => self.lose(reset, problem),
        };
        // The value first: who sees no problem must not read the value before.
        let replaced = match effect {
            Effect::Kept => None,
            Effect::Replaced(value) => self.current.swap(value),
        };
        {
            let mut progress = self.progress();
            (progress.number, progress.confirmed) = (update.number, update.confirmed);
            progress.problem = problem;
        }
        discard(replaced);
    }

    /// Takes an entry as the current value, if it is valid.
    fn accept(
        &self,
        entry: &Entry,
        source: Source,
        problem: Option<StoreError>,
    ) -> (Effect<T>, Option<StoreError>) {
        let is_same = self
            .current
            .load()
            .as_ref()
            .is_some_and(|current| current.version == entry.version() && current.source == source);
        let was_tried = problem.as_ref().and_then(StoreError::current) == Some(entry.version());
        if is_same || was_tried {
            return (Effect::Kept, problem.filter(|_| !is_same));
        }
        match self.decode(entry) {
            Ok(value) => {
                let is_confirmed = source != Source::Disk;
                let age = if is_confirmed { Duration::ZERO } else { Duration::MAX };
                (Effect::Replaced(Some(Arc::new(Versioned::of(entry, value, age, source)))), None)
            }
            Err(error) => {
                tracing::warn!(%error, "the last good value is kept");
                (Effect::Kept, Some(error))
            }
        }
    }

    fn decode(&self, entry: &Entry) -> Result<T> {
        contain(|| self.options.decode(&self.key, entry)).unwrap_or_else(|_| {
            let message = "the validator, or the type's Deserialize, panicked";
            let error = StoreError::new(StoreErrorKind::Invalid, message);
            Err(error.on_key(&self.key).with_current(Some(entry.version())))
        })
    }

    /// Redis has no entry of the key.
    fn lose(
        &self,
        reset: Option<ResetReason>,
        problem: Option<StoreError>,
    ) -> (Effect<T>, Option<StoreError>) {
        let is_held = self.current.load().is_some();
        match reset {
            // No commit deleted it.
            Some(reason) => {
                let message = if is_held {
                    "the value was lost in Redis, and the last good one is kept"
                } else {
                    "Redis lost keys, perhaps this one"
                };
                let error = StoreError::integrity(message, reason).on_key(&self.key);
                (Effect::Kept, Some(error))
            }
            None if is_held && problem.as_ref().is_some_and(StoreError::is_integrity) => {
                (Effect::Kept, problem)
            }
            None => (Effect::Replaced(None), None),
        }
    }
}

impl<T: DeserializeOwned + Send + Sync + 'static> Observer for LiveCell<T> {
    fn observe(&self, update: &Update) {
        // Where an update is being applied, the thread that applies it goes on with this one.
        let is_free = {
            let mut progress = self.progress();
            progress.offer(update.clone()) && !std::mem::replace(&mut progress.is_applying, true)
        };
        if is_free {
            self.apply_offered();
        }
    }
}

impl Progress {
    /// Notes an update, unless a later one is applied or noted.
    fn offer(&mut self, update: Update) -> bool {
        let latest = self.next.as_ref().map_or(self.number, |next| next.number);
        let is_later = update.number > latest;
        if is_later {
            self.next = Some(update);
        }
        is_later
    }

    /// Takes the noted update. If there is none, the next one is applied by the thread that brings it.
    fn next(&mut self) -> Option<Update> {
        let next = self.next.take();
        self.is_applying = next.is_some();
        next
    }
}

/// Held while updates are applied. If that ends by a panic (of a log subscriber), later updates are applied all the same.
struct Applying<'a>(&'a Mutex<Progress>);

impl Drop for Applying<'_> {
    fn drop(&mut self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_applying = false;
    }
}

/// Drops a value. If nothing else holds it, that runs the user's code.
fn discard<T>(value: Option<Arc<Versioned<T>>>) {
    if contain(|| drop(value)).is_err() {
        tracing::error!("a value panicked while it was dropped");
    }
}

impl<T> Drop for LiveCell<T> {
    fn drop(&mut self) {
        discard(self.current.swap(None));
    }
}

impl<T> fmt::Debug for LiveCell<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveCell").field("key", &self.key).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{read::State, replica::Updates};

    #[test]
    fn an_update_that_another_overtook_changes_nothing() {
        let cell = LiveCell::<u32>::new("limits", StoreOptions::default());
        let stored = |number: u32| {
            format!(
                "{number} 1 {} {number} 1700 0 0 0 {number}",
                crate::version::Digest::of(number.to_string().as_bytes())
            )
        };
        let mut updates = Updates::default();
        let mut next = |number: u32| {
            let entry = Arc::new(Entry::parse(stored(number).as_bytes()).unwrap());
            let state = State { entries: Arc::new([("limits".into(), entry)].into()), ..State::default() };
            updates.next(state, None, None)
        };
        let (first, second, third) = (next(1), next(2), next(3));
        // Before its maker begins, what it observes waits.
        cell.observe(&second);
        assert!(cell.load().is_none());
        cell.begin(first);
        assert_eq!(cell.load().unwrap().value, 2);
        cell.observe(&third);
        cell.observe(&second);
        assert_eq!(cell.load().unwrap().value, 3);
    }
}
