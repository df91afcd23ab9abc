//! What is written once and compiled for each API.

use super::runtime;

mod desk;
mod disk;
mod follow;
mod history;
mod legacy;
mod live;
mod read;
mod scripts;
mod store;
mod task;
mod watcher;

pub(crate) use self::task::Task;
pub use self::{
    legacy::{Legacy, LegacyWatcher},
    live::Live,
    store::Store,
    watcher::{Watcher, Watching},
};
