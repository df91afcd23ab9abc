use std::{
    pin::Pin,
    task::{Context, Poll},
};

use futures_core::Stream;
use serde::de::DeserializeOwned;

use super::Consumer;
use crate::streams::StreamEvent;

/// Yields the same events as [`next_event`](Consumer::next_event).
impl<T: DeserializeOwned> Stream for Consumer<T> {
    type Item = StreamEvent<T>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<StreamEvent<T>>> {
        self.mailbox().poll_take(cx).map(|event| event.map(|event| self.decode(event)))
    }
}
