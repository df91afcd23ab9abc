//! Names the method that failed, and the caller's key: not the script, command or Redis key that it used.

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
