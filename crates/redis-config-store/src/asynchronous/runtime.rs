//! What `dual/` needs of the async API.

pub(crate) use redis_service::{AsyncRedisService as Service, asynchronous::CommandTarget};
pub(crate) use redis_service_runtime::asynchronous::{
    ListenerHandle, Mailbox, Source, Task, dual, offload, sleep,
};

/// An example of the docs, in this API.
macro_rules! example {
    ($name:literal) => {
        include_str!(concat!("../asynchronous/examples/", $name))
    };
}
pub(crate) use example;
