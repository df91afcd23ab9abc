use std::{
    pin::Pin,
    task::{Context, Poll},
};

use futures_core::Stream;

use super::Watcher;
use crate::watch::WatchEvent;

/// Yields the events of [`next_event`](Watcher::next_event).
impl Stream for Watcher {
    type Item = WatchEvent;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<WatchEvent>> {
        let event = self.mailbox().poll_take(cx);
        if event.is_ready() {
            self.taken();
        }
        event
    }
}
