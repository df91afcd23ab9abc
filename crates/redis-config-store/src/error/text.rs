//! The text of an error.

use std::fmt;

use redis_service::{Error, ErrorKind};

use super::{Details, StoreError};

impl fmt::Display for Details {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.operation, &self.key) {
            (Some(operation), Some(key)) => write!(f, "{operation} {key:?}: ")?,
            (Some(operation), None) => write!(f, "{operation}: ")?,
            (None, Some(key)) => write!(f, "{key:?}: ")?,
            (None, None) => {}
        }
        match (&self.service, self.operation) {
            (Some(service), None) => write!(f, "{service}")?,
            _ => f.write_str(&self.message)?,
        }
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
        let Details { kind, outcome, message, operation, key, current, reason, service } = &*self.0;
        let mut report = f.debug_struct("StoreError");
        report.field("kind", kind).field("outcome", outcome).field("message", message);
        if let Some(operation) = operation {
            report.field("operation", operation);
        }
        if let Some(key) = key {
            report.field("key", key);
        }
        if let Some(current) = current {
            report.field("current", current);
        }
        if let Some(reason) = reason {
            report.field("reason", reason);
        }
        if let Some(service) = service {
            report.field("service", service);
        }
        report.finish()
    }
}

/// The message of a service's error, without the operation and the key that begin its text.
pub(super) fn message_of(error: &Error) -> String {
    let text = error.to_string();
    let beginning = match (error.operation(), error.key()) {
        (Some(operation), Some(key)) => format!("{operation} \"{key}\": "),
        (Some(operation), None) => format!("{operation}: "),
        (None, Some(key)) => format!("\"{key}\": "),
        (None, None) => String::new(),
    };
    let message = text.strip_prefix(&beginning).unwrap_or(&text);
    match (error.kind(), error.operation()) {
        // Which right is missing.
        (ErrorKind::Permission, Some("script")) => format!("EVALSHA, or a command in the script: {message}"),
        (ErrorKind::Permission, Some(command)) => format!("{command}: {message}"),
        _ => message.to_owned(),
    }
}
