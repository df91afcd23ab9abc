//! What a read returns: entries, typed values, states, and how current they are.

pub(crate) mod entry;
mod loaded;
mod state;
mod versioned;

pub use self::{
    entry::Entry,
    loaded::Loaded,
    state::State,
    versioned::{ReadPolicy, Source, Versioned},
};
pub(crate) use self::{entry::decode, state::Entries};
