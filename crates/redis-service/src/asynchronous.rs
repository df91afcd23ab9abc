//! The async API, on tokio.

#[path = "dual/mod.rs"]
mod dual;

mod connection;
mod driver;
mod exchange;
mod line;
mod link;
mod runtime;
mod socket;
mod transport;

pub use self::{dual::*, link::Link};
