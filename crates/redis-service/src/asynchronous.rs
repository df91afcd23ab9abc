//! The async API, on tokio.

#[path = "dual/mod.rs"]
mod dual;

mod connection;
mod conversation;
mod door;
mod driver;
mod exchange;
mod in_flight;
mod keys;
mod line;
mod link;
mod lobby;
mod runtime;
mod socket;
mod subscription;
mod transaction;
mod transport;
mod waiters;

pub use redis_service_runtime::asynchronous::ListenerHandle;

use self::dual::{Body, Execute};
pub use self::{dual::*, keys::Keys};
