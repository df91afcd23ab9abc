//! The runtime that `dual/` uses in the blocking API.

pub(crate) use redis_service_runtime::blocking::{
    Background, CancellationToken, ListenerHandle, Mailbox, SendIfAsync, Source, Task, dual, sleep, spawn,
};
#[cfg(test)]
pub(crate) use redis_service_runtime::blocking::{answers, scenario};

pub(crate) use super::{dedicated_connection::DedicatedConnection, keys::Keys, link::Link};

use crate::error::{Error, ErrorKind};

/// The error of a subscription that no thread can listen to.
pub(crate) fn not_spawned(error: std::io::Error) -> Error {
    Error::new(ErrorKind::Connection, "the system provides no thread to listen on").with_source(error)
}

/// The examples in the documentation of `dual/`.
macro_rules! example {
    ($name:literal) => {
        include_str!(concat!("../blocking/examples/", $name))
    };
}
pub(crate) use example;
