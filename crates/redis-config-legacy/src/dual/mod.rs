//! What is written once and compiled for each API.

#![cfg_attr(not(test), warn(clippy::disallowed_methods, clippy::disallowed_types))]

use super::runtime;

mod adopt;
mod follower;
mod inbox;
mod read;
mod store;
mod watcher;
mod write;

pub use self::{
    store::Store,
    watcher::{Watcher, WatcherCloser},
};

/// The name of threads in the background.
const THREAD: &str = "redis-config";
