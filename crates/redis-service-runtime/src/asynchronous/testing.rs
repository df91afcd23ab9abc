//! For tests that are compiled twice.

use std::{future, pin::Pin};

pub use tokio::test as scenario;

/// Wraps the value that a mock returns as this API returns it.
pub fn answers<T: Send + 'static>(value: T) -> Pin<Box<dyn Future<Output = T> + Send>> {
    Box::pin(future::ready(value))
}
