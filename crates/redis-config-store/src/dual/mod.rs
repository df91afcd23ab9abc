//! What is written once and compiled for each API.

#![cfg_attr(not(test), warn(clippy::disallowed_methods, clippy::disallowed_types))]

use super::runtime;

mod history;
mod hub;
mod live;
mod member;
mod read;
mod replica;
mod run_script;
mod shared_listener;
mod store;
mod watcher;

pub use self::{
    live::Live,
    store::Store,
    watcher::{Watcher, WatcherCloser},
};

/// The name of background threads.
const THREAD: &str = "redis-config";
