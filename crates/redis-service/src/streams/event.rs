use super::{
    Failure, InvalidItem, StreamId,
    entry::{RawItem, decoded},
    under_way::Place,
};
use crate::error::{Error, Result};

/// What a consumer receives.
#[derive(Debug)]
#[non_exhaustive]
pub enum StreamEvent<T> {
    /// An item, to be acknowledged once it was handled.
    Item(Delivery<T>),
    /// An item that does not decode as `T`, or that makes it panic. It is pending as any other.
    Invalid(Delivery<InvalidItem>),
    /// Items were removed from the stream before the group read them.
    Gap(StreamGap),
    /// These items were deleted before they were acknowledged, and cannot be delivered again.
    Lost(Vec<StreamId>),
    /// An item was moved to the stream of dead letters before it was delivered: it had been delivered too often, to
    /// consumers that neither acknowledged it nor reported a failure.
    Moved(MovedItem),
    /// The connection failed, or the server refused to read. The consumer tries again, without limit. What was
    /// delivered and got lost on its way is delivered again.
    Interrupted(Error),
    /// The last event, if neither the consumer nor its service was closed: what reads the stream is gone, because the
    /// runtime that the service was connected on has shut down, or because its thread panicked. The error's kind is
    /// `Closed`.
    Ended(Error),
}

/// An item that was delivered to a consumer. It is under way until it is dropped; unless it was acknowledged by then,
/// it is delivered again after [`Consume::claim_after`](super::Consume::claim_after).
#[derive(Debug)]
#[non_exhaustive]
pub struct Delivery<T> {
    /// The item's id.
    pub id: StreamId,
    /// The item's value.
    pub value: T,
    /// Why the item was moved to this stream, if it was.
    pub failure: Option<Failure>,
    /// How often the item was delivered, this time included: 1 for a new item.
    pub deliveries: u64,
    pub(crate) place: Place,
}

/// Items that the group never reads: the stream was trimmed, or they were deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StreamGap {
    /// How many items are missing; `None` if the server cannot tell.
    pub missing: Option<u64>,
    /// The last item that the group had read when the gap was found. The missing items are after it, or, if they
    /// disappeared while it was being read, before it.
    pub near: StreamId,
}

/// An item that was moved to the stream of dead letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MovedItem {
    /// The id that it had.
    pub id: StreamId,
    /// How often it was delivered.
    pub deliveries: u64,
}

impl<T> StreamEvent<T> {
    /// Returns what is needed to settle the item; `None` if the event is not one.
    pub(crate) fn receipt(&self) -> Option<Receipt> {
        match self {
            Self::Item(delivery) => Some(Receipt::of(delivery)),
            Self::Invalid(delivery) => Some(Receipt::of(delivery)),
            _ => None,
        }
    }
}

/// An item that is to be acknowledged, or has failed. The item stays under way as long as this is held.
#[derive(Debug)]
pub(crate) struct Receipt {
    pub(crate) id: StreamId,
    pub(crate) deliveries: u64,
    #[allow(dead_code, reason = "it is held")]
    place: Place,
}

impl Receipt {
    pub(crate) fn of<V>(delivery: &Delivery<V>) -> Self {
        Self { id: delivery.id, deliveries: delivery.deliveries, place: delivery.place.clone() }
    }
}

/// An event before its value is decoded.
#[derive(Debug)]
pub(crate) enum RawStreamEvent {
    Item { item: RawItem, deliveries: u64, place: Place },
    Gap(StreamGap),
    Lost(Vec<StreamId>),
    Moved(MovedItem),
    Interrupted(Error),
    Ended(Error),
}

impl RawStreamEvent {
    /// `refine` completes the error of a value that does not decode.
    pub(crate) fn into_event<T>(
        self,
        decode: impl FnOnce(&[u8]) -> Result<T>,
        refine: impl FnOnce(Error) -> Error,
    ) -> StreamEvent<T> {
        match self {
            Self::Gap(gap) => StreamEvent::Gap(gap),
            Self::Lost(ids) => StreamEvent::Lost(ids),
            Self::Moved(moved) => StreamEvent::Moved(moved),
            Self::Interrupted(error) => StreamEvent::Interrupted(error),
            Self::Ended(error) => StreamEvent::Ended(error),
            Self::Item { item, deliveries, place } => match decoded(item, decode, refine) {
                Ok(item) => StreamEvent::Item(Delivery {
                    id: item.id,
                    value: item.value,
                    failure: item.failure,
                    deliveries,
                    place,
                }),
                Err(invalid) => StreamEvent::Invalid(Delivery {
                    id: invalid.id,
                    failure: invalid.failure.clone(),
                    value: invalid,
                    deliveries,
                    place,
                }),
            },
        }
    }
}
