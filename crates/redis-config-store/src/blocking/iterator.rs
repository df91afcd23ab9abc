use super::Watcher;
use crate::WatchEvent;

/// The same events as [`next_event`](Watcher::next_event) gives: each is waited for.
impl Iterator for Watcher {
    type Item = WatchEvent;

    fn next(&mut self) -> Option<WatchEvent> {
        self.next_event()
    }
}
