//! What can be asked of Redis, as values: a file for each of its types.
//!
//! A service runs them, a batch queues them, a transaction and a dedicated connection run them on a connection of
//! their own. So what a method is called, what it sends and how its reply is read is written once.

pub(crate) mod bulk;
pub(crate) mod channels;
pub(crate) mod counters;
pub(crate) mod hash_struct;
pub(crate) mod hashes;
pub(crate) mod keys;
pub(crate) mod lists;
pub(crate) mod sets;
pub(crate) mod sorted_sets;
pub(crate) mod values;

mod invocation;
mod operation;
mod read;
mod request;
mod scope;

pub(crate) use self::{
    invocation::Invocation,
    operation::{Label, Made, Operation, Subject},
    read::{Asked, Read},
    request::Request,
    scope::{KeyScope, Keyed, Scope},
};
