//! Helpers for tests that are compiled twice.

use std::{future, pin::Pin};

pub use tokio::test as scenario;

/// Wraps the value that a mock returns into this API's form: a future.
pub fn answers<T: Send + 'static>(value: T) -> Pin<Box<dyn Future<Output = T> + Send>> {
    Box::pin(future::ready(value))
}
