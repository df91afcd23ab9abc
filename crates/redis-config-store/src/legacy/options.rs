use std::time::Duration;

use crate::options::limited;

/// How the older store laid its keys out, and how this one goes about them.
///
/// ```
/// use std::time::Duration;
/// use redis_config_store::LegacyOptions;
///
/// let options = LegacyOptions::default().newest_first().interval(Duration::from_secs(10));
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
    /// The newest version is the first of a list, as `LPUSH` puts it. Default: the last, as `RPUSH` does.
    ///
    /// Nothing in Redis says which it is. Look at a list whose versions you know before you choose: the wrong
    /// choice reads the oldest value as the newest, and puts new ones where nobody looks for them.
    #[must_use]
    pub fn newest_first(self) -> Self {
        Self { is_newest_first: true, ..self }
    }

    /// Has versions never fall when a key is deleted or trimmed: how many went before is kept in a second key
    /// beside it, its base. Whoever does not know of it, as the older store, counts from what is left.
    ///
    /// Choose the same in every process. It needs rights on keys that begin with a brace.
    #[must_use]
    pub fn keep_versions(self) -> Self {
        Self { keeps_versions: true, ..self }
    }

    /// How often a watcher compares everything that it watches with what Redis has, whatever is announced: how
    /// long a change can go unnoticed. Default: 30 s; at least 10 ms, and at most a day.
    #[must_use]
    pub fn interval(self, interval: Duration) -> Self {
        Self { interval: limited(interval), ..self }
    }

    /// As the scripts read it.
    pub(crate) fn newest_end(&self) -> &'static [u8] {
        if self.is_newest_first { b"first" } else { b"last" }
    }
}
