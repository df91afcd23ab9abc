//! The operations on Redis as values: a file for each of Redis' types.
//!
//! A service runs them, a batch queues them, a transaction and a dedicated connection run them on connections
//! of their own. So a method's name, its request and the reading of its reply are written once.

pub(crate) mod bulk;
pub(crate) mod channels;
pub(crate) mod consumer;
pub(crate) mod counters;
pub(crate) mod hash_struct;
pub(crate) mod hashes;
pub(crate) mod keys;
pub(crate) mod lists;
pub(crate) mod sets;
pub(crate) mod sorted_sets;
pub(crate) mod stream_groups;
pub(crate) mod streams;
pub(crate) mod values;

mod invocation;
mod operation;
mod read;
mod request;
mod scope;

pub(crate) use self::{
    invocation::Invocation,
    operation::{Label, Operation, OperationResult, Subject},
    read::{Read, ReplyContext},
    request::Request,
    scope::{KeyScope, Keyed, Scope},
};
