//! Streams: the ids of their items, how items are added and trimmed, and what their groups have delivered.

mod buffer;
mod consume;
mod entry;
mod event;
mod group;
mod id;
mod info;
mod progress;
mod trim;
mod under_way;

pub use self::{
    consume::Consume,
    entry::{Failure, Fields, InvalidItem, StreamEntry, StreamItem},
    event::{Delivery, MovedItem, StreamEvent, StreamGap},
    group::{Claimed, ConsumerInfo, GroupInfo, NewGroup, PendingItem, PendingSummary},
    id::{ParseStreamIdError, StreamId},
    info::StreamInfo,
    trim::{AddOptions, Trim},
};

pub(crate) use self::{
    buffer::{DeliveryBuffer, Freed},
    entry::{RawItem, VALUE_FIELD, decoded, field_list},
    event::{RawStreamEvent, Receipt},
    group::{check_name, text},
    id::bounds,
    progress::{Pending, Progress, Step},
    under_way::UnderWay,
};
