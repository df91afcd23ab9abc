use std::{
    fmt,
    panic::{self, AssertUnwindSafe},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use arc_swap::ArcSwapOption;
use serde::de::DeserializeOwned;

use super::{
    desk::{Follow, News},
    runtime::dual,
    store::{Shared, Store},
};
use crate::{
    LiveStatus, Loaded, Result, Source, StoreError, StoreErrorKind, StoreOptions, Versioned, name::check_key,
};

#[dual]
impl Store {
    /// The current value of a key, kept current in the background.
    ///
    /// # Errors
    ///
    /// What Redis fails with, if nothing is known of the namespace locally either; if it is silent, that takes as
    /// long as a call may. A value that does not pass is no error here: [`Live::status`] tells. `Closed` if the
    /// store was closed; `InvalidInput` if the key makes no sense.
    pub async fn live<T: DeserializeOwned + Send + Sync + 'static>(&self, key: &str) -> Result<Live<T>> {
        check_key(key)?;
        let cell = Arc::new(Cell {
            key: key.to_owned(),
            options: self.shared.options.clone(),
            current: ArcSwapOption::empty(),
            last: Mutex::default(),
        });
        let follower = Arc::downgrade(&cell);
        let news = {
            let mut desk = self.shared.open_desk()?;
            desk.lives.push(follower);
            desk.is_known().then(|| desk.news(None))
        };
        // What it holds when Redis turns out to have lost it is the last good value.
        if let Some(news) = news {
            cell.follow(&news);
        }
        self.shared.follow();
        // Where nothing can run in the background, it is over at once.
        self.shared.check_open()?;
        let looked = self.shared.look().await;
        let news = {
            let mut desk = self.shared.desk();
            if !desk.is_known() {
                looked?;
            }
            desk.news(None)
        };
        cell.follow(&news);
        Ok(Live { cell, shared: Arc::clone(&self.shared) })
    }
}

/// The current value of a key. Cheap to clone.
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

/// What was made of the last news.
#[derive(Debug, Default)]
struct Last {
    number: u64,
    problem: Option<StoreError>,
}

impl<T> Live<T> {
    /// The last good value; `None` if the key is not there, or there never was a good one. Reads a pointer:
    /// no lock, no allocation, no question to Redis, and nothing that threads have to share.
    ///
    /// Its age is that of the moment when it came; how old what is known is now, [`status`](Self::status)
    /// says.
    #[must_use]
    pub fn load(&self) -> Option<Loaded<T>> {
        Loaded::from(&self.cell.current)
    }

    /// The same for whoever keeps it. Threads that do this at once count in one place, and wait for each other
    /// there: several times what [`load`](Self::load) takes.
    #[must_use]
    pub fn load_full(&self) -> Option<Arc<Versioned<T>>> {
        self.cell.current.load_full()
    }

    /// The last good value, if Redis confirmed it less than `most` ago, and it is the current one.
    ///
    /// # Errors
    ///
    /// `Stale` if it did not; if the current value is not good, why.
    pub fn load_within(&self, most: Duration) -> Result<Option<Arc<Versioned<T>>>> {
        let LiveStatus { store, problem, .. } = self.status();
        if let Some(problem) = problem {
            return Err(problem);
        }
        match store.age {
            Some(age) if age <= most => Ok(self.load_full()),
            Some(age) => {
                let message = format!("last confirmed {age:?} ago, more than {most:?}");
                Err(StoreError::new(StoreErrorKind::Stale, message).on_key(&self.cell.key))
            }
            None => Err(StoreError::new(StoreErrorKind::Stale, "was never confirmed").on_key(&self.cell.key)),
        }
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

impl<T: DeserializeOwned + Send + Sync + 'static> Follow for Cell<T> {
    fn follow(&self, news: &News) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if news.number <= last.number {
            return;
        }
        let reset = news.reset_since(last.number);
        last.number = news.number;
        match news.state.entries.get(&*self.key) {
            Some(entry) if entry.is_deletion() => {
                self.current.store(None);
                last.problem = None;
            }
            Some(entry) => {
                let current = self.current.load();
                let is_same = current.as_ref().is_some_and(|current| {
                    current.version == entry.version() && current.source == news.source
                });
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
                    let error =
                        StoreError::new(StoreErrorKind::Invalid, "the validator, or the type, panicked");
                    Err(error.on_key(&self.key).with_current(Some(entry.version())))
                });
                match decoded {
                    Ok(value) => {
                        let is_confirmed = news.source != Source::Disk;
                        let age = if is_confirmed { Duration::ZERO } else { Duration::MAX };
                        let versioned = Versioned::of(entry, value, age, news.source);
                        self.current.store(Some(Arc::new(versioned)));
                        last.problem = None;
                    }
                    Err(error) => {
                        tracing::warn!(%error, "the last good value is kept");
                        last.problem = Some(error);
                    }
                }
            }
            None => {
                let is_held = self.current.load().is_some();
                match reset {
                    // Nobody deleted it.
                    Some(reason) => {
                        let message = if is_held {
                            format!("the value was lost in Redis ({reason:?}), the last good one is kept")
                        } else {
                            format!("Redis has lost something ({reason:?}), perhaps this value")
                        };
                        last.problem =
                            Some(StoreError::new(StoreErrorKind::Integrity, message).on_key(&self.key));
                    }
                    None if is_held && last.problem.as_ref().is_some_and(StoreError::is_integrity) => {}
                    None => {
                        self.current.store(None);
                        last.problem = None;
                    }
                }
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
