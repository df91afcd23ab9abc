//! One error for everything: what failed, on which key, and whether Redis did it.

mod kind;
mod naming;
mod text;

use std::{sync::Arc, time::Duration};

use redis_service::Outcome;

pub use self::kind::StoreErrorKind;
pub(crate) use self::naming::During;
use crate::{version::Version, watch::ResetReason};

/// The result of everything in this crate.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// Why a call failed.
///
/// Branch on [`kind`](Self::kind) or on one of the `is_…` predicates; before you repeat a call, on
/// [`outcome`](Self::outcome). The predicates of the service's error are here as well, with the same meaning. No error
/// shows a value.
#[derive(Clone, thiserror::Error)]
#[error("{0}")]
pub struct StoreError(Box<Details>);

#[derive(Clone)]
struct Details {
    kind: StoreErrorKind,
    outcome: Outcome,
    message: String,
    /// The method that failed; `None` for an error that comes from the service as it is.
    operation: Option<&'static str>,
    key: Option<Arc<str>>,
    current: Option<Version>,
    reason: Option<ResetReason>,
    service: Option<redis_service::Error>,
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

    /// The key that the failure is about, if it is about one.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        self.0.key.as_deref()
    }

    /// The version that the failure is about. For a [`Conflict`](StoreErrorKind::Conflict): the version that the key
    /// has, `None` if it never existed or was deleted. For [`Invalid`](StoreErrorKind::Invalid) on reading: the
    /// version with the invalid value.
    #[must_use]
    pub fn current(&self) -> Option<Version> {
        self.0.current
    }

    /// What is wrong with the keys in Redis, where that is why: the word that watchers and the status have for it.
    #[must_use]
    pub fn reset_reason(&self) -> Option<ResetReason> {
        self.0.reason
    }

    /// The service's error, if the service failed.
    #[must_use]
    pub fn service(&self) -> Option<&redis_service::Error> {
        self.0.service.as_ref()
    }

    /// The method that failed, by its name: `"fetch"`, `"put"`, `"live"`; of background work, `"sync"`. Of an error that
    /// was converted from the service's, the service's operation. `None` for the problem of a live value.
    #[must_use]
    pub fn operation(&self) -> Option<&str> {
        self.0.operation.or_else(|| self.service().and_then(redis_service::Error::operation))
    }

    /// The server's error code (`"NOPERM"`, `"OOM"`), if the server answered with an error.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.service().and_then(redis_service::Error::code)
    }

    /// The text with which the server answered, cut to 1 KiB, if it answered with an error. It is untrusted, may quote
    /// what was sent, and is no part of `Display`, `Debug` or a log line:
    /// [`Error::server_text`](redis_service::Error::server_text).
    #[must_use]
    pub fn server_text(&self) -> Option<&str> {
        self.service().and_then(redis_service::Error::server_text)
    }

    /// The server that could not be reached, or did not answer: host and port.
    #[must_use]
    pub fn server(&self) -> Option<&str> {
        self.service().and_then(redis_service::Error::server)
    }

    /// How long to wait before a new attempt can succeed, if that is known.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.service().and_then(redis_service::Error::retry_after)
    }
}

/// The predicates of the service's error.
impl StoreError {
    /// Redis could not be reached, the connection to it failed or was refused, or the service or the store was closed.
    #[must_use]
    pub fn is_connection(&self) -> bool {
        self.is_closed() || self.service().is_some_and(redis_service::Error::is_connection)
    }

    /// A value could not be encoded.
    #[must_use]
    pub fn is_serialization(&self) -> bool {
        self.kind() == StoreErrorKind::Serialization
            || self.service().is_some_and(redis_service::Error::is_serialization)
    }

    /// A stored value is not of the type asked for, or its validator refuses it. [`current`](Self::current) is its
    /// version.
    #[must_use]
    pub fn is_deserialization(&self) -> bool {
        self.is_invalid() && self.current().is_some()
            || self.service().is_some_and(redis_service::Error::is_deserialization)
    }

    /// The call failed for another reason than [`is_connection`](Self::is_connection),
    /// [`is_serialization`](Self::is_serialization) or [`is_deserialization`](Self::is_deserialization).
    #[must_use]
    pub fn is_operation(&self) -> bool {
        !self.is_connection() && !self.is_serialization() && !self.is_deserialization()
    }

    /// Redis cannot serve the call at the moment, and the call itself is valid.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        self.service().is_some_and(redis_service::Error::is_unavailable)
    }

    /// The call's time ran out.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        self.service().is_some_and(redis_service::Error::is_timeout)
    }

    /// Redis certainly did not apply the call, so repeating it cannot do it twice.
    #[must_use]
    pub fn is_not_applied(&self) -> bool {
        self.outcome() == Outcome::NotApplied
    }
}

/// The predicates of this crate.
impl StoreError {
    /// A key is not as the call expected it.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        self.kind() == StoreErrorKind::Conflict
    }

    /// A validator refuses a value, or a value is not of its type.
    #[must_use]
    pub fn is_invalid(&self) -> bool {
        self.kind() == StoreErrorKind::Invalid
    }

    /// The key, or this version of it, does not exist; or the log does not reach back to it.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        matches!(self.kind(), StoreErrorKind::Missing | StoreErrorKind::TooOld)
    }

    /// The local copy is older than the call allows.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        self.kind() == StoreErrorKind::Stale
    }

    /// The keys in Redis contradict each other.
    #[must_use]
    pub fn is_integrity(&self) -> bool {
        self.kind() == StoreErrorKind::Integrity
    }

    /// The store or the service was closed.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.kind() == StoreErrorKind::Closed
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
            operation: None,
            key: None,
            current: None,
            reason: None,
            service: None,
        }))
    }

    pub(crate) fn invalid_input(message: impl Into<String>) -> Self {
        Self::new(StoreErrorKind::InvalidInput, message)
    }

    /// The keys in Redis are damaged.
    pub(crate) fn damaged(reason: ResetReason) -> Self {
        Self::integrity("the keys in Redis are damaged", reason)
    }

    /// A failure for which the keys in Redis are the reason.
    pub(crate) fn integrity(message: &str, reason: ResetReason) -> Self {
        let message = format!("{message}: {reason:?}, {reason}");
        let mut error = Self::new(StoreErrorKind::Integrity, message);
        error.0.reason = Some(reason);
        error
    }

    /// A reply that none of our scripts gives.
    pub(crate) fn unexpected_reply(expected: &'static str) -> Self {
        let message = format!("expected {expected} in the script's reply");
        let mut error = Self::new(StoreErrorKind::Integrity, message);
        error.0.outcome = Outcome::Unknown;
        error
    }

    /// A commit that was done before and has left the log: its versions are no longer known.
    pub(crate) fn trimmed(message: impl Into<String>) -> Self {
        let mut error = Self::new(StoreErrorKind::TooOld, message);
        error.0.outcome = Outcome::Applied;
        error
    }

    /// Names the key, unless a layer below has named it.
    #[must_use]
    pub(crate) fn on_key(mut self, key: &str) -> Self {
        self.0.key.get_or_insert_with(|| key.into());
        self
    }

    /// Adds another failure, which explains this one, to the text.
    #[must_use]
    pub(crate) fn noting(mut self, other: &Self) -> Self {
        self.0.message = format!("{}; {}", self.0.message, other.0.message);
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
            message: text::message_of(&error),
            operation: None,
            key: None,
            current: None,
            reason: None,
            service: Some(error),
        }))
    }
}
