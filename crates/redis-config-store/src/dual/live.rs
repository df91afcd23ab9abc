use std::{fmt, sync::Arc, time::Duration};

use serde::de::DeserializeOwned;

use super::{
    runtime::{dual, example},
    store::{Shared, Store},
};
use crate::{
    clock,
    error::{Result, StoreError, StoreErrorKind},
    protocol::check_key,
    read::{Loaded, Versioned},
    replica::{CellStatus, LiveCell},
    status::LiveStatus,
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
        check_key(key)?;
        let cell = Arc::new(LiveCell::new(key, self.shared.options.clone()));
        let observer = Arc::downgrade(&cell);
        let update = {
            let mut hub = self.shared.open_hub()?;
            hub.observers.push(observer);
            hub.is_known().then(|| hub.update(None))
        };
        // If Redis turns out to have lost the value, the local one is the last good value.
        if let Some(update) = update {
            cell.apply(&update);
        }
        self.shared.replicate();
        // If nothing can run in the background, the store is closed at once.
        self.shared.check_open()?;
        let synchronized = self.shared.sync().await;
        let is_known = self.shared.hub().is_known();
        if !is_known {
            synchronized.map_err(|error| self.shared.explain(error))?;
        }
        let update = self.shared.hub().update(None);
        cell.begin(update);
        Ok(Live { cell, shared: Arc::clone(&self.shared) })
    }
}

/// The current value of a key. Cheap to clone.
///
/// # Examples
///
#[doc = example!("live.md")]
pub struct Live<T> {
    cell: Arc<LiveCell<T>>,
    shared: Arc<Shared>,
}

impl<T> Live<T> {
    /// The last good value; `None` if the key does not exist, or never had a good one. Reads a pointer: without a lock,
    /// an allocation or a question to Redis, and without state that threads share.
    ///
    /// Its age is that of the moment when it arrived; [`status`](Self::status) has the present age.
    #[must_use]
    pub fn load(&self) -> Option<Loaded<T>> {
        self.cell.load()
    }

    /// The last good value, to keep. Threads that call this at once contend for one reference count: it takes several
    /// times as long as [`load`](Self::load).
    #[must_use]
    pub fn load_full(&self) -> Option<Arc<Versioned<T>>> {
        self.cell.load_full()
    }

    /// The last good value, if Redis confirmed it less than `most` ago, and it is the current one.
    ///
    /// # Errors
    ///
    /// `Stale` if Redis did not confirm it; if the current value is invalid or lost, the reason.
    pub fn load_within(&self, most: Duration) -> Result<Option<Arc<Versioned<T>>>> {
        let LiveStatus { store, problem, .. } = self.status();
        if let Some(problem) = problem {
            return Err(problem);
        }
        let message = match store.age {
            Some(age) if age <= most => return Ok(self.load_full()),
            Some(age) => format!("last confirmed {age:?} ago, more than {most:?}"),
            None => "was never confirmed".to_owned(),
        };
        Err(StoreError::new(StoreErrorKind::Stale, message).on_key(self.cell.key()))
    }

    /// Whether the value is current, and if not, why. While a new value is decoded and validated, this is the status of
    /// the value before.
    #[must_use]
    pub fn status(&self) -> LiveStatus {
        let CellStatus { version, problem, confirmed } = self.cell.status();
        let now = clock::now();
        let age = confirmed.map(|confirmed| now.saturating_duration_since(confirmed));
        // The store may have a newer value, which is not validated yet.
        let store = self.shared.status().with_age(age, self.shared.options.interval);
        LiveStatus { store, version, problem }
    }
}

impl<T> Clone for Live<T> {
    fn clone(&self) -> Self {
        Self { cell: Arc::clone(&self.cell), shared: Arc::clone(&self.shared) }
    }
}

impl<T> fmt::Debug for Live<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Live").field("key", &self.cell.key()).finish_non_exhaustive()
    }
}
