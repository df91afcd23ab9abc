//! Streams: the ids of their items, how items are added and trimmed, and what their groups have delivered.

mod entry;
mod group;
mod id;
mod info;
mod trim;

pub use self::{
    entry::{Failure, Fields, InvalidItem, StreamEntry, StreamItem},
    group::{Claimed, ConsumerInfo, GroupInfo, NewGroup, PendingItem, PendingSummary},
    id::{ParseStreamIdError, StreamId},
    info::StreamInfo,
    trim::{AddOptions, Trim},
};

pub(crate) use self::{
    entry::{RawItem, VALUE_FIELD, decoded},
    group::{check_name, text},
    id::bounds,
};
