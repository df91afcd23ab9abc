//! Names the method that failed, and the caller's key: not the script, command or Redis key that it used.

use redis_service::{Error, ErrorKind};

use super::{Result, StoreError};
use crate::protocol::LONGEST;

/// Names the method in the error, in place of the one that it called itself.
pub(crate) trait During: Sized {
    fn during(self, method: &'static str) -> Self;

    /// Names the key as well, unless another one was named.
    fn during_on(self, method: &'static str, key: &str) -> Self;
}

impl<T> During for Result<T> {
    fn during(self, method: &'static str) -> Self {
        self.map_err(|error| error.during(method))
    }

    fn during_on(self, method: &'static str, key: &str) -> Self {
        self.map_err(|error| {
            let error = error.during(method);
            // Any text may be an argument; this long, it is no key.
            if key.len() > LONGEST { error } else { error.on_key(key) }
        })
    }
}

impl StoreError {
    fn during(mut self, method: &'static str) -> Self {
        self.0.operation = Some(method);
        self
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
