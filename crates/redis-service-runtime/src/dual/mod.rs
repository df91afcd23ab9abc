//! The code that is written once and compiled for each API.

use super::runtime;

mod listener;
mod pump;
mod task;
#[cfg(test)]
mod tests;

pub use self::{listener::ListenerHandle, pump::Source, task::Task};
