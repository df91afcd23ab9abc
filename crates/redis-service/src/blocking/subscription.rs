use super::Subscription;
use crate::pubsub::Event;

/// The same events as [`next_event`](Subscription::next_event) gives: each is waited for.
impl<T> Iterator for Subscription<T> {
    type Item = Event<T>;

    fn next(&mut self) -> Option<Event<T>> {
        self.next_event()
    }
}
