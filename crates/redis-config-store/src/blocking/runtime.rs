//! What `dual/` needs of the blocking API.

pub(crate) use redis_service::{RedisService as Service, blocking::CommandTarget};
pub(crate) use redis_service_runtime::blocking::{
    ListenerHandle, Mailbox, Source, Task, dual, offload, sleep,
};

/// An example of the docs, in this API.
macro_rules! example {
    ($name:literal) => {
        include_str!(concat!("../blocking/examples/", $name))
    };
}
pub(crate) use example;
