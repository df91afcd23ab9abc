//! The error type of all calls: what failed, on which key, and whether Redis applied it.

mod answer;
mod classify;
mod construct;
mod escape;
mod kind;
mod server_text;
mod waiting;

use std::{borrow::Cow, fmt, sync::Arc, time::Duration};

pub use self::kind::{ErrorKind, Outcome};
use self::server_text::ServerText;
pub(crate) use self::waiting::Rounded;
pub(crate) use self::{
    answer::{Answer, Origin},
    classify::{Stage, classify, classify_io, classify_path, file_problem},
    escape::{Shown, escape},
};

use crate::resilience::Degradations;

/// The result of this crate's functions.
pub type Result<T, E = Error> = std::result::Result<T, E>;

type Source = Arc<dyn std::error::Error + Send + Sync>;

/// The reason why a call failed, and whether Redis applied it.
///
/// Branch on [`kind`](Self::kind) or on one of the `is_…` predicates; before repeating a call, check its
/// [`outcome`](Self::outcome). `Display` is one line:
/// ```text
/// increment "page:1": no answer within 500ms (timeout, outcome unknown, server redis:6379)
/// ```
///
/// An error never shows a password, a value or the server's text; only the server's error code and the
/// escaped key, cut to 128 characters. The text is available from [`server_text`](Self::server_text). Cloning
/// is cheap.
#[derive(Clone, thiserror::Error)]
#[error("{0}")]
pub struct Error(Box<Details>);

#[derive(Clone)]
struct Details {
    kind: ErrorKind,
    outcome: Outcome,
    message: Cow<'static, str>,
    operation: Option<Cow<'static, str>>,
    key: Option<Arc<str>>,
    code: Option<Arc<str>>,
    /// What a server's error says of a script; `None` for what no server answered with.
    answer: Option<Answer>,
    server_text: Option<ServerText>,
    server: Option<Arc<str>>,
    retry_after: Option<Duration>,
    source: Option<Source>,
    /// Where the call is counted, if its caller goes on without Redis.
    degradations: Option<Arc<Degradations>>,
    /// Whether no connection could be opened for the call.
    is_of_opening: bool,
}

impl Error {
    /// Returns the kind of failure.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Returns whether Redis applied the command.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        self.0.outcome
    }

    /// Returns the method that failed, by its name: `"get"`, `"set_many"`, `"connect"`. `None` for an error
    /// in reading a configuration.
    #[must_use]
    pub fn operation(&self) -> Option<&str> {
        self.0.operation.as_deref()
    }

    /// Returns the key as the caller wrote it, escaped (control and other unprintable characters as `\u{…}`)
    /// and cut to 128 characters. `None` if the error is not about a single key.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        self.0.key.as_deref()
    }

    /// Returns the server's error code (`"WRONGTYPE"`, `"OOM"`), if the server answered with an error.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// Returns the text with which the server answered, its code included, cut to 1 KiB. `None` if no server
    /// answered with an error.
    ///
    /// ```text
    /// ERR Error compiling script (new function): user_script:1: ')' expected near '<eof>'
    /// ```
    ///
    /// The text is not part of `Display`, `Debug`, `source` or a log line, because it is untrusted and may hold
    /// secrets: a server repeats what it was sent, and a script composes what it likes, from values as well.
    /// Control characters are as the server sent them: escape them (`{text:?}`) before they reach a terminal or
    /// a log. Bytes that are not UTF-8 are `?`. A text that repeats the password of the connection is left out.
    #[must_use]
    pub fn server_text(&self) -> Option<&str> {
        self.0.server_text.as_ref().map(ServerText::as_str)
    }

    /// Returns host and port of the server that could not be reached or did not answer.
    #[must_use]
    pub fn server(&self) -> Option<&str> {
        self.0.server.as_deref()
    }

    /// Returns how long to wait before the next attempt, where that is known.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Returns whether Redis could not be reached, or the connection failed or was refused: kinds
    /// `Connection`, `Timeout`, `PoolTimeout`, `CircuitOpen`, `Auth`, `Tls` and `Closed`.
    #[must_use]
    pub fn is_connection(&self) -> bool {
        use ErrorKind::{Auth, CircuitOpen, Closed, Connection, PoolTimeout, Timeout, Tls};
        matches!(self.kind(), Connection | Timeout | PoolTimeout | CircuitOpen | Auth | Tls | Closed)
    }

    /// Returns whether a value could not be encoded.
    #[must_use]
    pub fn is_serialization(&self) -> bool {
        self.kind() == ErrorKind::Serialization
    }

    /// Returns whether a stored value could not be decoded into the requested type.
    #[must_use]
    pub fn is_deserialization(&self) -> bool {
        self.kind() == ErrorKind::Deserialization
    }

    /// Returns whether Redis answered with an error, or the call was invalid: every kind that is none of
    /// [`is_connection`](Self::is_connection), [`is_serialization`](Self::is_serialization) and
    /// [`is_deserialization`](Self::is_deserialization).
    #[must_use]
    pub fn is_operation(&self) -> bool {
        !self.is_connection() && !self.is_serialization() && !self.is_deserialization()
    }

    /// Returns whether Redis cannot serve the call at the moment, and the call itself is not the cause: kinds
    /// `Connection`, `Timeout`, `PoolTimeout`, `CircuitOpen`, `Loading` and `Busy`. Graceful degradation
    /// ([`Degrade`](crate::Degrade)) treats these errors, and no others, as a miss.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        use ErrorKind::{Busy, CircuitOpen, Connection, Loading, PoolTimeout, Timeout};
        matches!(self.kind(), Connection | Timeout | PoolTimeout | CircuitOpen | Loading | Busy)
    }

    /// Returns whether the call's time ran out: kinds `Timeout` and `PoolTimeout`.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        matches!(self.kind(), ErrorKind::Timeout | ErrorKind::PoolTimeout)
    }

    /// Returns whether Redis certainly did not apply the call, so that repeating it cannot apply it twice.
    #[must_use]
    pub fn is_not_applied(&self) -> bool {
        self.outcome() == Outcome::NotApplied
    }
}

impl fmt::Display for Details {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.operation, &self.key) {
            (Some(operation), Some(key)) => write!(f, "{operation} \"{key}\": ")?,
            (Some(operation), None) => write!(f, "{operation}: ")?,
            (None, Some(key)) => write!(f, "\"{key}\": ")?,
            (None, None) => {}
        }
        write!(f, "{} ({}, {}", self.message, self.kind, self.outcome)?;
        match &self.server {
            Some(server) => write!(f, ", server {server})"),
            None => f.write_str(")"),
        }
    }
}

impl fmt::Debug for Error {
    /// A report, including what `Display` leaves out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Details {
            kind,
            outcome,
            message,
            operation,
            key,
            code,
            server,
            retry_after,
            source,
            is_of_opening,
            ..
        } = &*self.0;
        let mut report = f.debug_struct("Error");
        report.field("kind", kind).field("outcome", outcome).field("message", message);
        if let Some(operation) = operation {
            report.field("operation", operation);
        }
        if let Some(key) = key {
            report.field("key", key);
        }
        if let Some(code) = code {
            report.field("code", code);
        }
        if let Some(server) = server {
            report.field("server", server);
        }
        if let Some(retry_after) = retry_after {
            report.field("retry_after", retry_after);
        }
        if *is_of_opening {
            report.field("is_of_opening", is_of_opening);
        }
        if let Some(source) = source {
            report.field("source", source);
        }
        report.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_is_one_line_with_operation_key_and_outcome() {
        let error = Error::new(ErrorKind::Timeout, "no answer within 500ms")
            .with_outcome(Outcome::Unknown)
            .during("increment")
            .on_key("page:\r\n1");
        assert_eq!(
            error.to_string(),
            "increment \"page:\\r\\n1\": no answer within 500ms (timeout, outcome unknown)"
        );
    }

    #[test]
    fn the_layer_nearest_to_the_failure_names_it() {
        let error =
            Error::invalid_input("a key is empty").during("get").during("get_many").on_key("a").on_key("b");
        assert_eq!((error.operation(), error.key()), (Some("get"), Some("a")));
    }

    #[test]
    fn every_kind_is_under_exactly_one_of_the_four_predicates() {
        for kind in ErrorKind::ALL {
            let error = Error::new(kind, "");
            let predicates = [
                error.is_connection(),
                error.is_serialization(),
                error.is_deserialization(),
                error.is_operation(),
            ];
            assert_eq!(predicates.into_iter().filter(|holds| *holds).count(), 1, "{kind:?}");
        }
    }
}
