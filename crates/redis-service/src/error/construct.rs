use std::{borrow::Cow, sync::Arc, time::Duration};

use super::{Answer, Details, Error, ErrorKind, Outcome, ServerText, escape};
use crate::{resilience::Degradations, streams::StreamId};

/// The longest word that is accepted as a server's error code.
const MAX_CODE: usize = 32;

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
            server_text: None,
            server: None,
            retry_after: None,
            source: None,
            degradations: None,
            is_of_opening: false,
        }))
    }

    /// The error of every call to a closed service.
    pub(crate) fn closed() -> Self {
        Self::new(ErrorKind::Closed, "the service was closed")
    }

    /// The error of a subscription whose listener is gone.
    pub(crate) fn not_listening() -> Self {
        let message = "the listener is gone: its runtime shut down, its thread panicked, or there was none";
        Self::new(ErrorKind::Closed, message)
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

    /// Returns whether the server could not be reached, or let no connection in.
    pub(crate) fn is_about_reaching(&self) -> bool {
        self.is_connection() || self.is_of_opening()
    }

    /// Marks the error of opening a connection.
    #[must_use]
    pub(crate) fn of_opening(mut self) -> Self {
        self.0.is_of_opening = true;
        self.waiting_for_connection();
        self
    }

    #[must_use]
    pub(crate) fn with_outcome(mut self, outcome: Outcome) -> Self {
        self.waiting_for(outcome);
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

    /// Keeps the text that the server answered with.
    #[must_use]
    pub(crate) fn with_server_text(mut self, code: &str, detail: Option<&str>) -> Self {
        self.0.server_text = Some(ServerText::new(code, detail));
        self
    }

    /// Drops the server's text if it holds the secret.
    #[must_use]
    pub(crate) fn without_text_that_holds(mut self, secret: &str) -> Self {
        self.0.server_text = self.0.server_text.filter(|text| !text.as_str().contains(secret));
        self
    }

    /// Returns an error of this kind and message in place of this one, with what the server answered.
    #[must_use]
    pub(crate) fn explained(mut self, kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        self.0.kind = kind;
        self.0.message = message.into();
        self
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

    /// States where the call is counted, if its caller goes on without Redis.
    #[must_use]
    pub(crate) fn counted_by(mut self, degradations: &Arc<Degradations>) -> Self {
        self.0.degradations.get_or_insert_with(|| Arc::clone(degradations));
        self
    }

    pub(crate) fn degradations(&self) -> Option<&Degradations> {
        self.0.degradations.as_deref()
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

    /// Names the item of a stream.
    #[must_use]
    pub(crate) fn in_item(mut self, id: StreamId) -> Self {
        self.0.message = format!("item {id}: {}", self.0.message).into();
        self
    }

    /// Names the group of a stream, if the error says that it exists, or that it does not.
    #[must_use]
    pub(crate) fn in_group_of_stream<'a>(mut self, group: impl FnOnce() -> Option<&'a [u8]>) -> Self {
        if matches!(self.code(), Some("BUSYGROUP" | "NOGROUP"))
            && let Some(group) = group()
        {
            self.0.message = format!("group \"{}\": {}", escape(group), self.0.message).into();
        }
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
