use std::time::{Duration, SystemTime};

use crate::{Entry, Version};

/// A value, which version of it this is, and how well that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Versioned<T> {
    /// The value.
    pub value: T,
    /// Which version of it this is.
    pub version: Version,
    /// Who made it; empty if they did not say.
    pub author: String,
    /// Why; empty if they did not say.
    pub message: String,
    /// When it was made, by the clock of the server.
    pub time: SystemTime,
    /// Which version it brought back, if it is a rollback.
    pub restores: Option<u64>,
    /// How long before it was handed out Redis was asked, and had it so; `Duration::MAX` if no Redis that this
    /// process asked ever had. It does not go on: a live value has the age that it had when it
    /// came, zero, and its status has the age of now.
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

    /// The namespace's number of the commit that made it.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.version.revision
    }
}

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Source {
    /// Redis, asked by this call.
    Redis,
    /// What this process knows.
    Local,
    /// The snapshot file: what a process knew before this one, which Redis has not confirmed.
    Disk,
}

/// How old a value may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReadPolicy {
    /// Never older than this: what is known locally if it is not, else what Redis says, else an error.
    FailIfStale(Duration),
    /// What Redis says; if it cannot be reached, what is known locally, if that is not older than this.
    AllowStale(Duration),
    /// What is known locally, however old; what Redis says if that is nothing.
    LastKnown,
}
