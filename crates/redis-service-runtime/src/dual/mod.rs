//! What is written once and compiled for each API.

#![cfg_attr(not(test), warn(clippy::disallowed_methods, clippy::disallowed_types))]

use super::runtime;

mod listener;
mod pump;
mod task;
#[cfg(test)]
mod tests;

pub use self::{listener::ListenerHandle, pump::Source, task::Task};
