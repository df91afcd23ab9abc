//! What is written once and compiled for each API.

#![cfg_attr(not(test), warn(clippy::disallowed_methods, clippy::disallowed_types))]

use super::runtime;

mod desk;
mod disk;
mod follow;
mod history;
mod legacy;
mod live;
mod read;
mod scripts;
mod shared_listener;
mod store;
mod watcher;

pub use self::{
    legacy::{Legacy, LegacyWatcher},
    live::Live,
    store::Store,
    watcher::Watcher,
};

/// The name of threads in the background.
const THREAD: &str = "redis-config";
