//! What `dual/` needs of the async API.

pub(crate) use redis_service_runtime::asynchronous::{
    Background, CancellationToken, ListenerHandle, Mailbox, SendIfAsync, Source, Task, dual, sleep,
};
#[cfg(test)]
pub(crate) use redis_service_runtime::asynchronous::{answers, scenario};

pub(crate) use super::{dedicated_connection::DedicatedConnection, keys::Keys, multiplexed::Link};

/// The examples in the docs of `dual/`.
macro_rules! example {
    ($name:literal) => {
        include_str!(concat!("../asynchronous/examples/", $name))
    };
}
pub(crate) use example;
