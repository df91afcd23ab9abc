use std::{fmt, path::PathBuf, sync::Arc, time::Duration};

use serde::de::DeserializeOwned;

use crate::{
    error::{Result, StoreError, StoreErrorKind},
    read::{Entry, decode},
    watch::Filter,
};

/// How a store behaves. The defaults suit most services.
///
/// ```
/// use std::time::Duration;
/// use redis_config_store::StoreOptions;
///
/// let options = StoreOptions::default()
///     .with_author("billing")
///     .with_interval(Duration::from_secs(10))
///     .with_validator("limits", |limits: &u32| match limits {
///         0 => Err("the limit must allow one request".to_owned()),
///         _ => Ok(()),
///     });
/// # let _ = options;
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct StoreOptions {
    pub(crate) interval: Duration,
    pub(crate) history: u64,
    pub(crate) author: String,
    pub(crate) snapshot_file: Option<PathBuf>,
    pub(crate) validators: Vec<Validator>,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            interval: Duration::from_secs(30),
            history: 1000,
            author: String::new(),
            snapshot_file: None,
            validators: Vec::new(),
        }
    }
}

impl StoreOptions {
    /// Sets how often the store asks Redis for changes, with or without notifications: how long a change can go
    /// unnoticed. Default: 30 s; at least 10 ms, and at most a day. Without notifications the store asks six times as
    /// often.
    #[must_use]
    pub fn with_interval(self, interval: Duration) -> Self {
        Self { interval: limited(interval), ..self }
    }

    /// Sets how many commits of the namespace are kept for history, rollback, and watchers that are behind. Default:
    /// 1000; at least 1. Each commit trims the log to the number of its own store.
    #[must_use]
    pub fn with_history(self, commits: u64) -> Self {
        Self { history: commits.max(1), ..self }
    }

    /// Sets the author of commits that name none.
    #[must_use]
    pub fn with_author(self, author: impl Into<String>) -> Self {
        Self { author: author.into(), ..self }
    }

    /// Keeps the local copy in a file as well, so that a service can start with the last known configuration while
    /// Redis is down. The file holds the values; only its owner can read it.
    ///
    /// Several stores of the namespace may share it, in several processes. Beside it there is an empty file of its name
    /// and `.lock`, and while it is written, one with `.tmp`; if a process dies then, the next store that is opened
    /// removes that. A file of another namespace is never replaced, nor one that cannot be read; a damaged one is, once
    /// Redis has answered.
    #[must_use]
    pub fn with_snapshot_file(self, path: impl Into<PathBuf>) -> Self {
        Self { snapshot_file: Some(path.into()), ..self }
    }

    /// Requires the value of a key to be a `T` that passes `check`: any other value is refused when it is put, and an
    /// error when it is read.
    ///
    /// The store holds no lock while it calls `check`: that may read the store, and look at the live value of the key,
    /// which is still the value before. If `check` panics on a value that is followed, the value counts as refused.
    #[must_use]
    pub fn with_validator<T: DeserializeOwned>(
        self,
        key: impl Into<String>,
        check: impl Fn(&T) -> Result<(), String> + Send + Sync + 'static,
    ) -> Self {
        self.add_validator(Filter::Key(key.into()), check)
    }

    /// Requires the same as [`with_validator`](Self::with_validator), of every key that begins with `prefix`.
    #[must_use]
    pub fn with_prefix_validator<T: DeserializeOwned>(
        self,
        prefix: impl Into<String>,
        check: impl Fn(&T) -> Result<(), String> + Send + Sync + 'static,
    ) -> Self {
        self.add_validator(Filter::Prefix(prefix.into()), check)
    }

    fn add_validator<T: DeserializeOwned>(
        mut self,
        keys: Filter,
        check: impl Fn(&T) -> Result<(), String> + Send + Sync + 'static,
    ) -> Self {
        let check = move |bytes: &[u8]| {
            let value: T = decode(bytes)?;
            check(&value).map_err(|why| StoreError::new(StoreErrorKind::Invalid, why))
        };
        self.validators.push(Validator { keys, check: Arc::new(check) });
        self
    }

    /// Decodes and validates the value of an entry.
    ///
    /// # Errors
    ///
    /// `Invalid`, with the version, if it is not a `T`, or a validator refuses it.
    pub(crate) fn decode<T: DeserializeOwned>(&self, key: &str, entry: &Entry) -> Result<T> {
        let checked = self.check(key, entry.bytes()).and_then(|()| entry.decode());
        checked.map_err(|error| error.on_key(key).with_current(Some(entry.version())))
    }

    /// Validates a value.
    ///
    /// # Errors
    ///
    /// `Invalid` if a validator refuses it.
    pub(crate) fn check(&self, key: &str, value: &[u8]) -> Result<()> {
        let mut validators = self.validators.iter().filter(|validator| validator.keys.matches(key));
        let checked = validators.try_for_each(|validator| (validator.check)(value));
        checked.map_err(|error| error.on_key(key))
    }
}

type Check = dyn Fn(&[u8]) -> Result<()> + Send + Sync;

/// A requirement on the values of some keys.
#[derive(Clone)]
pub(crate) struct Validator {
    keys: Filter,
    check: Arc<Check>,
}

/// An interval within its limits.
#[must_use]
pub fn limited(interval: Duration) -> Duration {
    interval.clamp(Duration::from_millis(10), MAX_INTERVAL)
}

/// The longest interval.
pub(crate) const MAX_INTERVAL: Duration = Duration::from_secs(24 * 60 * 60);

impl fmt::Debug for Validator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Validator").field("keys", &self.keys).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_must_pass_every_validator_of_its_key() {
        let options = StoreOptions::default()
            .with_validator("port", |port: &u16| if *port == 0 { Err("no port".to_owned()) } else { Ok(()) })
            .with_prefix_validator(
                "p",
                |port: &u32| if *port > 99 { Err("too large".to_owned()) } else { Ok(()) },
            );
        assert!(options.check("port", b"80").is_ok());
        assert!(options.check("other", b"\"anything\"").is_ok());
        for refused in ["0", "100", "\"canary\"", ""] {
            let error = options.check("port", refused.as_bytes()).unwrap_err();
            assert!(error.is_invalid() && error.key() == Some("port"));
            assert!(!format!("{error} {error:?}").contains("canary"));
        }
    }
}
