use super::Subscription;
use crate::pubsub::Event;

/// Yields the same events as [`next_event`](Subscription::next_event), and waits for each.
impl<T> Iterator for Subscription<T> {
    type Item = Event<T>;

    fn next(&mut self) -> Option<Event<T>> {
        self.next_event()
    }
}
