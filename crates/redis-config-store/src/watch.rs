//! What to watch, and what a watcher delivers.

mod backlog;
mod event;
pub(crate) mod filter;
mod reset_reason;

pub(crate) use self::{
    backlog::{Backlog, Publication},
    filter::{Filter, Mode},
};
pub use self::{
    event::{Change, KeyChange, Reset, WatchEvent, WatchGap},
    reset_reason::ResetReason,
};

/// Says what to watch, and how.
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
    /// Watches every key.
    pub fn all() -> Self {
        Self { filter: Filter::All, mode: Mode::State, buffer: 256 }
    }

    /// Watches the keys with this prefix. It is taken literally: no character has a special meaning.
    pub fn prefix(prefix: impl Into<String>) -> Self {
        Self { filter: Filter::Prefix(prefix.into()), ..Self::all() }
    }

    /// Watches one key.
    pub fn key(key: impl Into<String>) -> Self {
        Self { filter: Filter::Key(key.into()), ..Self::all() }
    }

    /// Delivers every commit, one by one. A slow watcher receives later commits from the log, as far as that reaches
    /// back. Without this, a slow watcher receives the latest state and the number of versions that it skipped.
    pub fn log(self) -> Self {
        Self { mode: Mode::Log, ..self }
    }

    /// Sets how many commits are queued for a slow watcher of every commit; further ones are read from the log when
    /// there is room. Default: 256; at least 1.
    pub fn buffer(self, commits: usize) -> Self {
        Self { buffer: commits.max(1), ..self }
    }
}
