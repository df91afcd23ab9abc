//! What is written once and compiled for each API.

use super::runtime;

mod bulk;
mod client;
mod counters;
mod dedicated;
mod engine;
mod execute;
mod extension;
mod hashes;
mod health;
mod keys;
mod lists;
mod pipeline;
mod pubsub;
mod query;
mod router;
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
mod typed_key;
mod values;

pub use self::{
    dedicated::Dedicated,
    extension::Extension,
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
    transaction::{Transaction, WatchedHash, WatchedList, WatchedSet, WatchedSortedSet},
};
pub(crate) use self::{execute::Execute, transaction::Body};

/// The name of threads in the background.
const THREAD: &str = "redis-service";
