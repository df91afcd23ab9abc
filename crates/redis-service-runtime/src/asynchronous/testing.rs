//! For tests that are compiled twice.

use std::{future, pin::Pin};

pub use tokio::test as scenario;

/// What a mock returns: the value, in the form in which this API hands it out.
pub fn answers<T: Send + 'static>(value: T) -> Pin<Box<dyn Future<Output = T> + Send>> {
    Box::pin(future::ready(value))
}
