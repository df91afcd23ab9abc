use std::time::{Duration, SystemTime};

use super::Entry;
use crate::version::Version;

/// A value, its version, and how current both are.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Versioned<T> {
    /// The value.
    pub value: T,
    /// The version.
    pub version: Version,
    /// Who committed it; empty if the commit names no author.
    pub author: String,
    /// Why; empty if the commit has no message.
    pub message: String,
    /// When it was committed, by the server's clock.
    pub time: SystemTime,
    /// The version that it restores, if it is a rollback.
    pub restores: Option<u64>,
    /// How long before this read Redis was last asked and confirmed the value; `Duration::MAX` if Redis never
    /// confirmed it to this process. It does not grow: a live value keeps the age that it had when it arrived, zero,
    /// and its status has the present age.
    pub age: Duration,
    /// Where it comes from.
    pub source: Source,
}

impl<T> Versioned<T> {
    pub(crate) fn of(entry: &Entry, value: T, age: Duration, source: Source) -> Self {
        Self {
            value,
            version: entry.version(),
            author: entry.author().to_owned(),
            message: entry.message().to_owned(),
            time: entry.time(),
            restores: entry.restores(),
            age,
            source,
        }
    }

    /// The revision of the commit that made it.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.version.revision
    }
}

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Source {
    /// Redis, which this call asked.
    Redis,
    /// The copy in this process.
    Local,
    /// The snapshot file of an earlier process. Redis has not confirmed it.
    Disk,
}

/// How old a value may be, and what to do if it is older.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReadPolicy {
    /// Reads the local copy if it is no older than this; else Redis; fails if Redis cannot be read.
    FailIfStale(Duration),
    /// Reads Redis; if it cannot be reached, the local copy, if that is no older than this.
    AllowStale(Duration),
    /// Reads the local copy, however old; Redis if there is none.
    LastKnown,
}
