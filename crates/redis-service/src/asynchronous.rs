//! The async API, on tokio.

#[path = "dual/mod.rs"]
mod dual;

mod connection;
mod conversation;
mod driver;
mod exchange;
mod keys;
mod line;
mod link;
mod mailbox;
mod runtime;
mod socket;
mod subscription;
mod transaction;
mod transport;

pub use self::{dual::*, keys::Keys, link::Link};
