//! What `dual/` needs of the async API.

pub(crate) use maybe_async::must_be_async as dual;
pub(crate) use tokio::time::sleep;

pub(crate) use super::link::Link;

/// The examples in the docs of `dual/`.
macro_rules! example {
    ($name:literal) => {
        include_str!(concat!("../asynchronous/examples/", $name))
    };
}
pub(crate) use example;

#[cfg(test)]
pub(crate) use tokio::test as scenario;

/// What a mock returns: the value, in the form in which this API hands it out.
#[cfg(test)]
pub(crate) fn answers<T: Send + 'static>(value: T) -> std::pin::Pin<Box<dyn Future<Output = T> + Send>> {
    Box::pin(std::future::ready(value))
}
