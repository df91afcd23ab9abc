//! What `dual/` needs of the blocking API.

pub(crate) use redis_service_runtime::blocking::{
    Background, CancellationToken, ListenerHandle, Mailbox, SendIfAsync, Source, Task, dual, sleep,
};
#[cfg(test)]
pub(crate) use redis_service_runtime::blocking::{answers, scenario};

pub(crate) use super::{dedicated_connection::DedicatedConnection, keys::Keys, link::Link};

/// The examples in the docs of `dual/`.
macro_rules! example {
    ($name:literal) => {
        include_str!(concat!("../blocking/examples/", $name))
    };
}
pub(crate) use example;
