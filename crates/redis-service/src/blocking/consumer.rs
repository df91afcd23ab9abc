use serde::de::DeserializeOwned;

use super::Consumer;
use crate::streams::StreamEvent;

/// Yields the same events as [`next_event`](Consumer::next_event), and waits for each.
impl<T: DeserializeOwned> Iterator for Consumer<T> {
    type Item = StreamEvent<T>;

    fn next(&mut self) -> Option<StreamEvent<T>> {
        self.next_event()
    }
}
