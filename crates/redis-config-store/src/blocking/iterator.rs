use super::Watcher;
use crate::watch::WatchEvent;

/// Yields the events of [`next_event`](Watcher::next_event), and waits for each.
impl Iterator for Watcher {
    type Item = WatchEvent;

    fn next(&mut self) -> Option<WatchEvent> {
        self.next_event()
    }
}
