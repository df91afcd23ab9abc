//! What is written once and compiled for each API.

use super::runtime;

mod desk;
mod disk;
mod follow;
mod history;
mod live;
mod read;
mod scripts;
mod shared_listener;
mod store;
mod watcher;

pub use self::{live::Live, store::Store, watcher::Watcher};

/// The name of threads in the background.
const THREAD: &str = "redis-config";
