//! One error for everything: what failed, on which key, and whether Redis did it.

use std::{fmt, sync::Arc};

use redis_service::Outcome;

use crate::Version;

/// The result of everything in this crate.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// Why a call failed.
///
/// Branch on [`kind`](Self::kind) or one of the `is_…` predicates; before doing a thing again, on
/// [`outcome`](Self::outcome). No error shows a value.
#[derive(Clone, thiserror::Error)]
#[error("{0}")]
pub struct StoreError(Box<Details>);

#[derive(Clone)]
struct Details {
    kind: StoreErrorKind,
    outcome: Outcome,
    message: String,
    key: Option<Arc<str>>,
    current: Option<Version>,
    service: Option<redis_service::Error>,
}

/// What kind of failure a [`StoreError`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// A key is not as the call expected it. Nothing was changed; [`StoreError::current`] says how it is.
    Conflict,
    /// A value that its validator refuses, or that is not of its type.
    Invalid,
    /// A value cannot be encoded as JSON.
    Serialization,
    /// The key, or this version of it, is not there.
    Missing,
    /// The log does not reach back as far as that version, or as a commit that had been done before.
    TooOld,
    /// What is known is older than the call allows.
    Stale,
    /// The keys in Redis contradict each other: lost, replaced or written by somebody else. Nothing was
    /// changed.
    Integrity,
    /// An argument makes no sense; nothing was sent.
    InvalidInput,
    /// The store was closed.
    Closed,
    /// The snapshot file could not be read or written, or is not one.
    Disk,
    /// Redis, or the way to it; see [`StoreError::service`].
    Service,
}

impl StoreError {
    /// What kind of failure this is.
    #[must_use]
    pub fn kind(&self) -> StoreErrorKind {
        self.0.kind
    }

    /// Whether Redis applied the call.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        self.0.outcome
    }

    /// The key, where one is to blame.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        self.0.key.as_deref()
    }

    /// Of a [`Conflict`](StoreErrorKind::Conflict): the version that the key has, `None` if it was never there or
    /// was deleted. Of [`Invalid`](StoreErrorKind::Invalid) on reading: the version that is to blame.
    #[must_use]
    pub fn current(&self) -> Option<Version> {
        self.0.current
    }

    /// The service's error, if the failure is its.
    #[must_use]
    pub fn service(&self) -> Option<&redis_service::Error> {
        self.0.service.as_ref()
    }

    /// A key is not as the call expected it.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        self.kind() == StoreErrorKind::Conflict
    }

    /// A value that its validator refuses, or that is not of its type.
    #[must_use]
    pub fn is_invalid(&self) -> bool {
        self.kind() == StoreErrorKind::Invalid
    }

    /// The keys in Redis contradict each other.
    #[must_use]
    pub fn is_integrity(&self) -> bool {
        self.kind() == StoreErrorKind::Integrity
    }

    /// Redis cannot serve the call at the moment, through no fault of the call.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        self.service().is_some_and(redis_service::Error::is_unavailable)
    }
}

/// Constructors and refinements, for this crate alone.
impl StoreError {
    /// A failure that changed nothing.
    pub(crate) fn new(kind: StoreErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Details {
            kind,
            outcome: Outcome::NotApplied,
            message: message.into(),
            key: None,
            current: None,
            service: None,
        }))
    }

    pub(crate) fn invalid_input(message: impl Into<String>) -> Self {
        Self::new(StoreErrorKind::InvalidInput, message)
    }

    /// A reply that no script of ours gives.
    pub(crate) fn unexpected_reply(expected: &'static str) -> Self {
        let mut error =
            Self::new(StoreErrorKind::Integrity, format!("expected {expected} in the script's reply"));
        error.0.outcome = Outcome::Unknown;
        error
    }

    /// Done before, by a commit that has left the log: what came of it cannot be told.
    pub(crate) fn trimmed(message: impl Into<String>) -> Self {
        let mut error = Self::new(StoreErrorKind::TooOld, message);
        error.0.outcome = Outcome::Applied;
        error
    }

    #[must_use]
    pub(crate) fn on_key(mut self, key: &str) -> Self {
        self.0.key.get_or_insert_with(|| key.into());
        self
    }

    #[must_use]
    pub(crate) fn with_current(mut self, current: Option<Version>) -> Self {
        self.0.current = current;
        self
    }
}

impl From<redis_service::Error> for StoreError {
    fn from(error: redis_service::Error) -> Self {
        let kind = match error.kind() {
            redis_service::ErrorKind::Closed => StoreErrorKind::Closed,
            _ => StoreErrorKind::Service,
        };
        Self(Box::new(Details {
            kind,
            outcome: error.outcome(),
            message: error.to_string(),
            key: None,
            current: None,
            service: Some(error),
        }))
    }
}

impl fmt::Display for Details {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(key) = &self.key {
            write!(f, "{key:?}: ")?;
        }
        f.write_str(&self.message)?;
        match (&self.service, self.current) {
            // Its own text says kind and outcome.
            (Some(_), _) => Ok(()),
            (None, Some(current)) => write!(f, " ({}, at version {})", self.kind, current.number),
            (None, None) => write!(f, " ({})", self.kind),
        }
    }
}

impl fmt::Debug for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Details { kind, outcome, message, key, current, service } = &*self.0;
        let mut report = f.debug_struct("StoreError");
        report.field("kind", kind).field("outcome", outcome).field("message", message);
        if let Some(key) = key {
            report.field("key", key);
        }
        if let Some(current) = current {
            report.field("current", current);
        }
        if let Some(service) = service {
            report.field("service", service);
        }
        report.finish()
    }
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
