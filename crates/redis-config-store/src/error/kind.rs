use std::fmt;

/// What kind of failure a [`StoreError`](crate::StoreError) is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// A key is not as the call expected it. Nothing was changed;
    /// [`current`](crate::StoreError::current) says which version the key has.
    Conflict,
    /// A validator refuses a value, or a value is not of its type.
    Invalid,
    /// A value cannot be encoded as JSON.
    Serialization,
    /// The key, or this version of it, does not exist.
    Missing,
    /// The log does not reach back to that version, or to an earlier commit of the same operation.
    TooOld,
    /// The local copy is older than the call allows.
    Stale,
    /// The keys in Redis contradict each other: they were lost, replaced, or written by another program. Nothing was
    /// changed.
    Integrity,
    /// An argument is invalid, or the name of an operation was used for another commit. Nothing was changed.
    InvalidInput,
    /// The store or the service was closed.
    Closed,
    /// The snapshot file could not be read or written, is damaged, or belongs to another namespace.
    Disk,
    /// The service failed; see [`service`](crate::StoreError::service).
    Service,
}

impl fmt::Display for StoreErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Conflict => "conflict",
            Self::Invalid => "invalid",
            Self::Serialization => "serialization",
            Self::Missing => "missing",
            Self::TooOld => "too old",
            Self::Stale => "stale",
            Self::Integrity => "integrity",
            Self::InvalidInput => "invalid input",
            Self::Closed => "closed",
            Self::Disk => "disk",
            Self::Service => "service",
        })
    }
}
