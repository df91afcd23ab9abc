//! What is written once and compiled for each API.

use super::runtime;

mod attempt;
mod bulk;
mod counters;
mod dedicated;
mod execute;
mod health;
mod keys;
mod pipeline;
mod query;
mod scan;
mod script;
mod service;
mod sweep;
mod task;
#[cfg(test)]
mod tests;
mod transaction;
mod values;

pub use self::{
    dedicated::Dedicated,
    execute::Execute,
    pipeline::PendingBatch,
    query::{Ask, Query},
    scan::Scan,
    script::ScriptQuery,
    service::Service,
    transaction::Transaction,
};
pub(crate) use self::{execute::run_script, task::Task, transaction::Body};
