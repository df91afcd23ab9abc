//! What is written once and compiled for each API.

use super::runtime;

mod attempt;
mod bulk;
mod counters;
mod dedicated;
mod execute;
mod health;
mod keys;
mod query;
mod scan;
mod service;
mod sweep;
mod task;
#[cfg(test)]
mod tests;
mod values;

pub use self::{
    dedicated::Dedicated,
    execute::Execute,
    query::{Ask, Query},
    scan::Scan,
    service::Service,
};
pub(crate) use self::{execute::run_script, task::Task};
