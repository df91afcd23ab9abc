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
mod pubsub;
mod query;
mod service;
mod sets;
mod sorted_sets;
mod structs;
mod subscribing;
mod task;
#[cfg(test)]
mod tests;
mod values;

pub use self::{
    dedicated::Dedicated,
    execute::Execute,
    hashes::Hash,
    lists::List,
    pubsub::{Listening, Subscription},
    query::{Ask, Query},
    service::Service,
    sets::Set,
    sorted_sets::SortedSet,
};
pub(crate) use self::{execute::run_script, task::Task};
