//! What `dual/` needs of the async API.

pub(crate) use redis_service::{AsyncRedisService as Service, asynchronous::Ask};
pub(crate) use redis_service_runtime::asynchronous::{
    Background, ListenerHandle, Mailbox, Source, Task, dual, offload, sleep,
};
