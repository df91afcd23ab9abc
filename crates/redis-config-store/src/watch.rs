/// What to watch, and how.
///
/// ```
/// use redis_config_store::Watch;
///
/// let watch = Watch::prefix("limits.");
/// let every_commit = Watch::all().log().buffer(100);
/// # let _ = (watch, every_commit);
/// ```
#[derive(Clone, Debug)]
#[must_use = "this only says what to watch"]
pub struct Watch {
    pub(crate) filter: Filter,
    pub(crate) mode: Mode,
    pub(crate) buffer: usize,
}

impl Watch {
    /// Every key.
    pub fn all() -> Self {
        Self { filter: Filter::All, mode: Mode::State, buffer: 256 }
    }

    /// The keys that begin so. Taken literally: no character of it means another.
    pub fn prefix(prefix: impl Into<String>) -> Self {
        Self { filter: Filter::Prefix(prefix.into()), ..Self::all() }
    }

    /// One key.
    pub fn key(key: impl Into<String>) -> Self {
        Self { filter: Filter::Key(key.into()), ..Self::all() }
    }

    /// Tells every commit, one by one. Whoever is slow is told later, from the log, for as long as that
    /// reaches back. Otherwise, whoever is slow is told what is current, and how much was skipped.
    pub fn log(self) -> Self {
        Self { mode: Mode::Log, ..self }
    }

    /// How many commits wait for a slow watcher of every commit; the others are read from the log when their
    /// turn comes. Default: 256; at least 1.
    pub fn buffer(self, commits: usize) -> Self {
        Self { buffer: commits.max(1), ..self }
    }
}

/// Which keys to watch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filter {
    /// Every key.
    All,
    /// The keys with this prefix.
    Prefix(String),
    /// This key.
    Key(String),
}

impl Filter {
    /// Whether a key is one of them.
    #[must_use]
    pub fn matches(&self, key: &str) -> bool {
        match self {
            Self::All => true,
            Self::Prefix(prefix) => key.starts_with(prefix),
            Self::Key(wanted) => key == wanted,
        }
    }
}

/// How much of what happens to deliver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// What is current.
    State,
    /// Every commit.
    Log,
}
