//! What is written once and compiled for each API.

use super::runtime;

mod attempt;
mod bulk;
mod counters;
mod dedicated;
mod execute;
mod facet;
mod hashes;
mod health;
mod keys;
mod lists;
mod pipeline;
mod pubsub;
mod query;
mod scan;
mod script;
mod service;
mod sets;
mod sorted_sets;
mod structs;
mod subscribing;
mod sweep;
#[cfg(test)]
mod tests;
mod transaction;
mod values;

pub use self::{
    dedicated::Dedicated,
    execute::Execute,
    hashes::Hash,
    lists::List,
    pipeline::PendingBatch,
    pubsub::Subscription,
    query::{Ask, Query},
    scan::Scan,
    script::ScriptQuery,
    service::Service,
    sets::Set,
    sorted_sets::SortedSet,
    transaction::Transaction,
};
pub(crate) use self::{execute::run_script, transaction::Body};

/// The name of threads in the background.
const THREAD: &str = "redis-service";
