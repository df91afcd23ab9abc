//! The runtime that `dual/` uses in the async API.

pub(crate) use redis_service_runtime::asynchronous::{
    Background, CancellationToken, ListenerHandle, Mailbox, SendIfAsync, Source, Task, dual, sleep, spawn,
};
#[cfg(test)]
pub(crate) use redis_service_runtime::asynchronous::{answers, scenario};

pub(crate) use super::{dedicated_connection::DedicatedConnection, keys::Keys, multiplexed::Link};

use crate::error::{Error, ErrorKind};

/// The error of a subscription that no task can listen to.
pub(crate) fn not_spawned(error: std::io::Error) -> Error {
    Error::new(ErrorKind::Closed, "the runtime that the service was connected on has ended")
        .with_source(error)
}

/// The examples in the documentation of `dual/`.
macro_rules! example {
    ($name:literal) => {
        include_str!(concat!("../asynchronous/examples/", $name))
    };
}
pub(crate) use example;
