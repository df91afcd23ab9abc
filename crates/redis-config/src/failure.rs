use std::io;

use redis_config_store::{StoreError, StoreErrorKind, watch::ResetReason};
use redis_service::{ErrorKind as ServiceKind, Outcome};
use serde::Serialize;

use crate::exit::Exit;

pub(crate) type Result<T, E = Failure> = std::result::Result<T, E>;

/// Why a command failed, and the exit code for it.
#[derive(Debug, Serialize)]
pub(crate) struct Failure {
    #[serde(serialize_with = "code")]
    pub(crate) exit: Exit,
    pub(crate) kind: String,
    pub(crate) outcome: &'static str,
    pub(crate) message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) hint: Option<Box<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<Box<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) current_version: Option<u64>,
    /// What is wrong with the keys in Redis: the word of `status` and `watch`.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "reason")]
    pub(crate) reason: Option<ResetReason>,
    /// The reader of the output is gone: the failure is not printed.
    #[serde(skip)]
    pub(crate) is_quiet: bool,
}

fn code<S: serde::Serializer>(exit: &Exit, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    serializer.serialize_u8(exit.code())
}

fn reason<S: serde::Serializer>(
    reason: &Option<ResetReason>,
    serializer: S,
) -> std::result::Result<S::Ok, S::Error> {
    reason.map(reason_word).serialize(serializer)
}

impl Failure {
    pub(crate) fn new(exit: Exit, kind: &str, message: impl Into<String>) -> Self {
        Self {
            exit,
            kind: kind.to_owned(),
            outcome: outcome(Outcome::NotApplied),
            message: message.into(),
            hint: None,
            key: None,
            current_version: None,
            reason: None,
            is_quiet: false,
        }
    }

    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, "usage", message)
    }

    pub(crate) fn missing(key: &str) -> Self {
        Self {
            key: Some(key.into()),
            ..Self::new(Exit::NotFound, "missing", format!("{key:?} does not exist"))
        }
    }

    pub(crate) fn refused(message: impl Into<String>) -> Self {
        Self::new(Exit::Refused, "refused", message)
    }

    pub(crate) fn file(what: &str, error: &io::Error) -> Self {
        Self::new(Exit::Failed, "file", format!("{what}: {error}"))
    }

    pub(crate) fn hint(self, hint: impl Into<Box<str>>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// Adds a hint to the one that there is.
    pub(crate) fn and_hint(self, hint: &str) -> Self {
        let all = self.hint.as_ref().map_or_else(|| hint.to_owned(), |first| format!("{first}; {hint}"));
        self.hint(all)
    }

    /// A failure to read a configuration whose URL is an argument. The service knows only of the variable.
    pub(crate) fn about_url_argument(self) -> Self {
        Self { message: self.message.replace("REDIS_URL", "--url"), ..self }
    }

    /// The failure of a command that was not told which server to use.
    pub(crate) fn on_default_server(self) -> Self {
        match self.exit {
            Exit::Unavailable | Exit::Denied | Exit::Unknown => self
                .and_hint("neither --url nor REDIS_URL is set, so the server is the default, 127.0.0.1:6379"),
            _ => self,
        }
    }

    /// The failure of a command that only reads: it has no outcome that could be unknown.
    pub(crate) fn reading(error: StoreError) -> Self {
        Self { exit: exit_of(&error), ..Self::from(error) }
    }
}

/// The failure of a command that changes something.
impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let exit = match error.outcome() {
            Outcome::Unknown => Exit::Unknown,
            _ => exit_of(&error),
        };
        let kind = error.service().map_or_else(|| error.kind().to_string(), |error| error.kind().to_string());
        let hint = match (exit, error.kind()) {
            (Exit::Unknown, _) => Some("look at the history of the key before you repeat it".into()),
            (Exit::Conflict, _) => Some("look at the current value, and start from there".into()),
            (Exit::NotFound, _) => Some("redis-config history KEY lists the versions that there are".into()),
            _ if is_permission(&error) => Some(RIGHTS.into()),
            (_, StoreErrorKind::Integrity) => {
                Some("restore both keys from one dump, or delete both and start over".into())
            }
            _ => None,
        };
        Self {
            exit,
            kind: word(&kind),
            outcome: outcome(error.outcome()),
            message: message_of(&error),
            hint,
            key: error.key().map(Into::into),
            current_version: error.current().map(|version| version.number),
            reason: error.reset_reason(),
            is_quiet: false,
        }
    }
}

impl From<redis_service::Error> for Failure {
    fn from(error: redis_service::Error) -> Self {
        Self::reading(error.into())
    }
}

/// The failure of writing to standard output.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self { is_quiet: true, ..Self::new(Exit::Done, "pipe", "the reader closed the pipe") };
        }
        Self::file("standard output", &error)
    }
}

/// What the user of Redis must be permitted to do.
const RIGHTS: &str = "on the two keys of the namespace, with their prefix, reading needs +evalsha +eval +type +hget +hmget +hgetall +xrange \
     +xrevrange +xinfo|stream; changing needs +hset +xadd +xtrim +time as well; namespaces needs +scan";

fn is_permission(error: &StoreError) -> bool {
    error.service().is_some_and(|error| error.kind() == ServiceKind::Permission)
}

fn exit_of(error: &StoreError) -> Exit {
    use ServiceKind as S;
    match (error.kind(), error.service().map(redis_service::Error::kind)) {
        (StoreErrorKind::Conflict, _) => Exit::Conflict,
        (StoreErrorKind::Invalid | StoreErrorKind::Serialization, _) => Exit::Refused,
        (StoreErrorKind::Missing | StoreErrorKind::TooOld, _) => Exit::NotFound,
        (StoreErrorKind::Stale, _) => Exit::Stale,
        (StoreErrorKind::Integrity, _) => Exit::Damaged,
        (StoreErrorKind::InvalidInput, _) => Exit::Usage,
        (_, Some(S::Auth | S::Permission)) => Exit::Denied,
        (_, Some(S::InvalidInput | S::Config | S::Unsupported)) => Exit::Usage,
        (_, Some(S::Serialization)) => Exit::Refused,
        (_, Some(S::WrongType)) => Exit::Damaged,
        (_, Some(S::Tls | S::OutOfMemory | S::ReadOnly | S::WriteRefused)) => Exit::Unavailable,
        (_, Some(_)) if error.is_unavailable() => Exit::Unavailable,
        _ => Exit::Failed,
    }
}

/// The text of an error without the library's method: the user called a command of ours.
pub(crate) fn message_of(error: &StoreError) -> String {
    let text = error.to_string();
    let rest = error.operation().and_then(|method| text.strip_prefix(method));
    let rest = rest.and_then(|rest| rest.strip_prefix(": ").or_else(|| rest.strip_prefix(' ')));
    rest.map_or_else(|| text.clone(), str::to_owned)
}

/// What happened in Redis, in the library's word: `LogLost`.
pub(crate) fn reason_word(reason: ResetReason) -> String {
    format!("{reason:?}")
}

/// A kind, as a program compares it.
fn word(text: &str) -> String {
    text.replace(' ', "_")
}

fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::NotApplied => "not_applied",
        Outcome::Applied => "applied",
        _ => "unknown",
    }
}

/// A text in which no URL has a user or a password.
pub(crate) fn without_passwords(text: &str) -> String {
    let mut shown = String::new();
    for part in text.split_inclusive("://") {
        // Everything before the last @ of a word: a password may contain an unescaped one.
        let end = part.find(char::is_whitespace).unwrap_or(part.len());
        match part[..end].rfind('@') {
            Some(at) if !shown.is_empty() => {
                shown.push_str("***");
                shown.push_str(&part[at..]);
            }
            _ => shown.push_str(part),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rights_are_those_of_the_guide() {
        let page = include_str!("../../../docs/operations.md");
        let rules = page.split("ACL SETUSER billing-writer").nth(1).unwrap().split("```").next().unwrap();
        let rules: Vec<_> = rules.split_whitespace().collect();
        let named = RIGHTS.split([' ', ';']).filter(|word| word.starts_with('+'));
        let named: Vec<_> = named.filter(|word| *word != "+scan").collect();
        assert!(named.len() > 10 && named.iter().all(|right| rules.contains(right)), "{named:?}");
        let others = ["+ping", "+client|setname", "+subscribe", "+unsubscribe", "+client|tracking"];
        let listed = rules.iter().filter(|word| word.starts_with('+'));
        for right in listed {
            assert!(named.contains(right) || others.contains(right), "{right}");
        }
    }

    #[test]
    fn no_url_shows_a_password() {
        for (text, shown) in [
            ("unexpected 'redis://u:p@host/1' found", "unexpected 'redis://***@host/1' found"),
            ("rediss://:p@ss@host and redis://b:c@d", "rediss://***@host and redis://***@d"),
            ("a@b redis://host", "a@b redis://host"),
        ] {
            assert_eq!(without_passwords(text), shown);
        }
    }
}
