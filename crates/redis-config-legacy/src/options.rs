use std::time::Duration;

use redis_config_store::extension::limited;

/// How the older store laid out its keys, and how this one treats them.
///
/// ```
/// use std::time::Duration;
/// use redis_config_legacy::LegacyOptions;
///
/// let options = LegacyOptions::default().with_newest_first().with_interval(Duration::from_secs(10));
/// # let _ = options;
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LegacyOptions {
    pub(crate) is_newest_first: bool,
    pub(crate) keeps_versions: bool,
    pub(crate) interval: Duration,
}

impl Default for LegacyOptions {
    fn default() -> Self {
        Self { is_newest_first: false, keeps_versions: false, interval: Duration::from_secs(30) }
    }
}

impl LegacyOptions {
    /// Reads the first element of a list as the newest version, as `LPUSH` stores it. Default: the last, as `RPUSH`
    /// does.
    ///
    /// Redis does not record which it is. Look at a list whose versions you know before you choose: the wrong choice
    /// reads the oldest value as the newest, and stores new values at the wrong end.
    #[must_use]
    pub fn with_newest_first(self) -> Self {
        Self { is_newest_first: true, ..self }
    }

    /// Keeps version numbers from falling when a key is deleted or trimmed: a second key beside it, its base, counts
    /// the versions that went before. The older store does not read the base and counts only what is left.
    ///
    /// Every process must choose the same. This option needs rights on keys that begin with a brace.
    #[must_use]
    pub fn with_kept_versions(self) -> Self {
        Self { keeps_versions: true, ..self }
    }

    /// Sets how often a watcher compares every watched key with Redis, with or without notifications: how long a
    /// change can go unnoticed. Default: 30 s; at least 10 ms, and at most a day.
    #[must_use]
    pub fn with_interval(self, interval: Duration) -> Self {
        Self { interval: limited(interval), ..self }
    }

    /// The argument of the scripts.
    pub(crate) fn newest_end(&self) -> &'static [u8] {
        if self.is_newest_first { b"first" } else { b"last" }
    }
}
