use std::{
    pin::Pin,
    task::{Context, Poll},
};

use futures_core::Stream;

use super::Subscription;
use crate::pubsub::Event;

/// Yields the same events as [`next_event`](Subscription::next_event).
impl<T> Stream for Subscription<T> {
    type Item = Event<T>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Event<T>>> {
        self.mailbox().poll_take(cx).map(|event| event.map(|event| self.read(event)))
    }
}
