use super::Watcher;
use crate::Event;

/// The same events as [`next_event`](Watcher::next_event) gives: each is waited for.
impl Iterator for Watcher {
    type Item = Event;

    fn next(&mut self) -> Option<Event> {
        self.next_event()
    }
}
