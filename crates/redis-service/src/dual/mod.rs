//! The code that is written once and compiled for each API.

#![cfg_attr(not(test), warn(clippy::disallowed_methods, clippy::disallowed_types))]

use super::runtime;

mod blocking_pop;
mod bulk;
mod client;
mod command;
mod consumer;
mod counters;
mod dedicated;
mod delete_matching;
mod ending;
mod engine;
mod execute;
mod extension;
mod hash_struct;
mod hashes;
mod health;
mod keys;
mod lists;
mod pipeline;
mod pubsub;
mod router;
mod scan;
mod script;
#[cfg(feature = "testing")]
mod scripted;
mod service;
mod sets;
mod sorted_sets;
mod stream_groups;
mod streams;
mod subscriber;
#[cfg(test)]
mod tests;
mod transaction;
mod typed_key;
mod values;

pub use self::{
    command::{CommandTarget, PendingCommand},
    consumer::{Consumer, ConsumerCloser, ConsumerHandle},
    dedicated::Dedicated,
    extension::Extension,
    hashes::Hash,
    lists::List,
    pipeline::Pipeline,
    pubsub::{Subscription, SubscriptionCloser},
    scan::Scan,
    script::PendingScript,
    service::Service,
    sets::Set,
    sorted_sets::SortedSet,
    stream_groups::StreamGroup,
    streams::Stream,
    transaction::{Transaction, WatchedHash, WatchedList, WatchedSet, WatchedSortedSet, WatchedStream},
};
pub(crate) use self::{execute::Execute, transaction::Body};

/// The name of background threads.
const THREAD: &str = "redis-service";
