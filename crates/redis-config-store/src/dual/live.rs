use std::{
    fmt,
    panic::{self, AssertUnwindSafe},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use arc_swap::ArcSwapOption;
use serde::de::DeserializeOwned;

use super::{
    runtime::{dual, example},
    store::{Shared, Store},
};
use crate::{
    error::{During, Result, StoreError, StoreErrorKind},
    options::StoreOptions,
    protocol::check_key,
    read::{Entry, Loaded, Source, Versioned},
    replica::{Observer, Update},
    status::LiveStatus,
    watch::ResetReason,
};

#[dual]
impl Store {
    /// Opens the current value of a key, which is kept current in the background.
    ///
    /// # Errors
    ///
    /// The failure of Redis, if nothing is known of the namespace locally either; if Redis is silent, that takes as long
    /// as a call may. An invalid value is not an error here: [`Live::status`] reports it. `Closed` if the store was
    /// closed; `InvalidInput` if the key is invalid.
    pub async fn live<T: DeserializeOwned + Send + Sync + 'static>(&self, key: &str) -> Result<Live<T>> {
        check_key(key).during_on("live", key)?;
        let cell = Arc::new(Cell {
            key: key.to_owned(),
            options: self.shared.options.clone(),
            current: ArcSwapOption::empty(),
            last: Mutex::default(),
        });
        let observer = Arc::downgrade(&cell);
        let update = {
            let mut hub = self.shared.open_hub().during_on("live", key)?;
            hub.observers.push(observer);
            hub.is_known().then(|| hub.update(None))
        };
        // If Redis turns out to have lost the value, the local one is the last good value.
        if let Some(update) = update {
            cell.observe(&update);
        }
        self.shared.replicate();
        // If nothing can run in the background, the store is closed at once.
        self.shared.check_open().during_on("live", key)?;
        let synchronized = self.shared.sync().await.during_on("live", key);
        let update = {
            let mut hub = self.shared.hub();
            if !hub.is_known() {
                synchronized?;
            }
            hub.update(None)
        };
        cell.observe(&update);
        Ok(Live { cell, shared: Arc::clone(&self.shared) })
    }
}

/// The current value of a key. Cheap to clone.
///
/// # Examples
///
#[doc = example!("live.md")]
pub struct Live<T> {
    cell: Arc<Cell<T>>,
    shared: Arc<Shared>,
}

struct Cell<T> {
    key: String,
    options: StoreOptions,
    current: ArcSwapOption<Versioned<T>>,
    last: Mutex<Last>,
}

/// The result of the last update.
#[derive(Debug, Default)]
struct Last {
    number: u64,
    problem: Option<StoreError>,
}

impl<T> Live<T> {
    /// The last good value; `None` if the key does not exist, or never had a good one. Reads a pointer: without a lock,
    /// an allocation or a question to Redis, and without state that threads share.
    ///
    /// Its age is that of the moment when it arrived; [`status`](Self::status) has the present age.
    #[must_use]
    pub fn load(&self) -> Option<Loaded<T>> {
        Loaded::from(&self.cell.current)
    }

    /// The last good value, to keep. Threads that call this at once contend for one reference count: it takes several
    /// times as long as [`load`](Self::load).
    #[must_use]
    pub fn load_full(&self) -> Option<Arc<Versioned<T>>> {
        self.cell.current.load_full()
    }

    /// The last good value, if Redis confirmed it less than `most` ago, and it is the current one.
    ///
    /// # Errors
    ///
    /// `Stale` if Redis did not confirm it; if the current value is invalid or lost, the reason.
    pub fn load_within(&self, most: Duration) -> Result<Option<Arc<Versioned<T>>>> {
        let LiveStatus { store, problem, .. } = self.status();
        if let Some(problem) = problem {
            return Err(problem).during("load_within");
        }
        let message = match store.age {
            Some(age) if age <= most => return Ok(self.load_full()),
            Some(age) => format!("last confirmed {age:?} ago, more than {most:?}"),
            None => "was never confirmed".to_owned(),
        };
        Err(StoreError::new(StoreErrorKind::Stale, message)).during_on("load_within", &self.cell.key)
    }

    /// Whether the value is current, and if not, why.
    #[must_use]
    pub fn status(&self) -> LiveStatus {
        let store = self.shared.status();
        let problem = self.cell.last.lock().unwrap_or_else(PoisonError::into_inner).problem.clone();
        let version = self.cell.current.load().as_ref().map(|current| current.version);
        LiveStatus { store, version, problem }
    }
}

impl<T: DeserializeOwned + Send + Sync + 'static> Observer for Cell<T> {
    fn observe(&self, update: &Update) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if update.number <= last.number {
            return;
        }
        let reset = update.reset_since(last.number);
        last.number = update.number;
        match update.state.entries.get(&*self.key) {
            Some(entry) if entry.is_deletion() => {
                self.current.store(None);
                last.problem = None;
            }
            Some(entry) => self.accept(entry, update.source, &mut last),
            None => self.lose(reset, &mut last),
        }
    }
}

impl<T> Cell<T> {
    /// Redis has no entry of the key.
    fn lose(&self, reset: Option<ResetReason>, last: &mut Last) {
        let is_held = self.current.load().is_some();
        match reset {
            // No commit deleted it.
            Some(reason) => {
                let message = if is_held {
                    "the value was lost in Redis, and the last good one is kept"
                } else {
                    "Redis lost keys, perhaps this one"
                };
                last.problem = Some(StoreError::integrity(message, reason).on_key(&self.key));
            }
            None if is_held && last.problem.as_ref().is_some_and(StoreError::is_integrity) => {}
            None => {
                self.current.store(None);
                last.problem = None;
            }
        }
    }
}

impl<T: DeserializeOwned> Cell<T> {
    /// Takes an entry as the current value, if it is valid.
    fn accept(&self, entry: &Entry, source: Source, last: &mut Last) {
        let current = self.current.load();
        let is_same = current
            .as_ref()
            .is_some_and(|current| current.version == entry.version() && current.source == source);
        if is_same {
            last.problem = None;
            return;
        }
        let was_tried = last.problem.as_ref().and_then(StoreError::current) == Some(entry.version());
        if was_tried {
            return;
        }
        let decoded = panic::catch_unwind(AssertUnwindSafe(|| self.options.decode(&self.key, entry)));
        let decoded = decoded.unwrap_or_else(|_| {
            let message = "the validator, or the type's Deserialize, panicked";
            let error = StoreError::new(StoreErrorKind::Invalid, message);
            Err(error.on_key(&self.key).with_current(Some(entry.version())))
        });
        match decoded {
            Ok(value) => {
                let is_confirmed = source != Source::Disk;
                let age = if is_confirmed { Duration::ZERO } else { Duration::MAX };
                self.current.store(Some(Arc::new(Versioned::of(entry, value, age, source))));
                last.problem = None;
            }
            Err(error) => {
                tracing::warn!(%error, "the last good value is kept");
                last.problem = Some(error);
            }
        }
    }
}

impl<T> Clone for Live<T> {
    fn clone(&self) -> Self {
        Self { cell: Arc::clone(&self.cell), shared: Arc::clone(&self.shared) }
    }
}

impl<T> fmt::Debug for Live<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Live").field("key", &self.cell.key).finish_non_exhaustive()
    }
}
