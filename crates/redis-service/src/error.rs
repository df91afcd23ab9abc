//! The error type of all calls: what failed, on which key, and whether Redis applied it.

mod answer;
mod classify;
mod escape;
mod kind;

use std::{borrow::Cow, fmt, sync::Arc, time::Duration};

pub use self::kind::{ErrorKind, Outcome};
pub(crate) use self::{
    answer::{Answer, Origin},
    classify::{Stage, classify, classify_io},
    escape::escape,
};

/// The result of this crate's functions.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The longest word that is accepted as a server's error code.
const MAX_CODE: usize = 32;

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
/// escaped key, cut to 128 characters. Cloning is cheap.
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
    server: Option<Arc<str>>,
    retry_after: Option<Duration>,
    source: Option<Source>,
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

/// Constructors and refinements, for this crate only.
impl Error {
    /// An error before anything was sent, unless [`with_outcome`](Self::with_outcome) says otherwise.
    pub(crate) fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Details {
            kind,
            outcome: Outcome::NotApplied,
            message: message.into(),
            operation: None,
            key: None,
            code: None,
            answer: None,
            server: None,
            retry_after: None,
            source: None,
            is_of_opening: false,
        }))
    }

    /// The error of every call to a closed service.
    pub(crate) fn closed() -> Self {
        Self::new(ErrorKind::Closed, "the service was closed")
    }

    pub(crate) fn invalid_input(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::InvalidInput, message)
    }

    /// `message` names the field, variable or part of the URL; never a value that may be secret.
    pub(crate) fn config(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Config, message)
    }

    /// The error of a reply that its command cannot have: it is another command's, and the outcome of this
    /// one is unknown.
    pub(crate) fn unexpected_reply(expected: &'static str, got: &'static str) -> Self {
        Self::new(ErrorKind::Protocol, format!("expected {expected} as the reply, got {got}"))
            .with_outcome(Outcome::Unknown)
    }

    /// The error of a connection whose replies do not belong to the commands in whose places they arrive.
    pub(crate) fn out_of_step() -> Self {
        Self::new(ErrorKind::Protocol, "the replies on the connection are out of step")
            .with_outcome(Outcome::Unknown)
    }

    /// Turns the error of a part of a reply into the error of the whole conversion. The command was applied,
    /// even where an inner reply is an error; and a reply that a method of `Reply` does not expect fails to
    /// convert, from the caller's view.
    #[must_use]
    pub(crate) fn of_conversion(mut self) -> Self {
        if self.0.kind == ErrorKind::Protocol && self.0.code.is_none() {
            self.0.kind = ErrorKind::Deserialization;
        }
        self.with_outcome(Outcome::Applied)
    }

    /// Returns whether this answer calls for a new connection: the server is no longer the master, or no
    /// longer knows this user.
    pub(crate) fn breaks_connection(&self) -> bool {
        matches!(self.kind(), ErrorKind::ReadOnly | ErrorKind::Auth)
    }

    /// Returns whether the connection that the call needs could not be opened. The server's refusal is then of
    /// a command of the handshake, not of the call's own.
    pub(crate) fn is_of_opening(&self) -> bool {
        self.0.is_of_opening
    }

    /// Marks the error of opening a connection.
    #[must_use]
    pub(crate) fn of_opening(mut self) -> Self {
        self.0.is_of_opening = true;
        self
    }

    #[must_use]
    pub(crate) fn with_outcome(mut self, outcome: Outcome) -> Self {
        self.0.outcome = outcome;
        self
    }

    #[must_use]
    pub(crate) fn with_code(mut self, code: &str) -> Self {
        // The first word of an error that a script or a module composed may be anything, such as a value.
        let is_code = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
        if (1..=MAX_CODE).contains(&code.len()) && code.bytes().all(is_code) {
            self.0.code = Some(code.into());
        }
        self
    }

    /// States that a server answered with it, and what that says of a script.
    #[must_use]
    pub(crate) fn with_answer(mut self, answer: Answer) -> Self {
        self.0.answer = Some(answer);
        self
    }

    /// Returns what it says of a script, if a server answered with it.
    pub(crate) fn answer(&self) -> Option<Answer> {
        self.0.answer
    }

    /// Returns whether the server did not know the script, and so did not run it. The code alone does not say so: a script can
    /// make it up.
    pub(crate) fn is_unknown_script(&self) -> bool {
        self.kind() == ErrorKind::NoScript && self.answer() == Some(Answer::Refusal)
    }

    /// Returns the message alone.
    pub(crate) fn message(&self) -> &str {
        &self.0.message
    }

    /// Names the server, unless an inner layer has named it.
    #[must_use]
    pub(crate) fn at_server(mut self, server: &Arc<str>) -> Self {
        self.0.server.get_or_insert_with(|| Arc::clone(server));
        self
    }

    #[must_use]
    pub(crate) fn with_retry_after(mut self, time: Duration) -> Self {
        self.0.retry_after = Some(time);
        self
    }

    #[must_use]
    pub(crate) fn with_source(mut self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.0.source = Some(Arc::new(source));
        self
    }

    /// Names the field within the key.
    #[must_use]
    pub(crate) fn in_field(mut self, field: impl AsRef<[u8]>) -> Self {
        self.0.message = format!("field \"{}\": {}", escape(field.as_ref()), self.0.message).into();
        self
    }

    /// Names the operation, unless an inner layer has named it.
    #[must_use]
    pub(crate) fn during(mut self, operation: impl Into<Cow<'static, str>>) -> Self {
        self.0.operation.get_or_insert_with(|| operation.into());
        self
    }

    /// Names the key, unless an inner layer has named it.
    #[must_use]
    pub(crate) fn on_key(mut self, key: impl AsRef<[u8]>) -> Self {
        self.0.key.get_or_insert_with(|| escape(key.as_ref()).into());
        self
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
