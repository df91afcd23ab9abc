use std::collections::VecDeque;

use redis_service_runtime::Queue;

use super::event::RawStreamEvent;

/// The events of a consumer that were not taken yet. The reader of the stream adds none while there are as many as the
/// consumer may have under way, but for failures, of which only the latest of several in a row is kept.
#[derive(Debug, Default)]
pub(crate) struct DeliveryBuffer {
    events: VecDeque<RawStreamEvent>,
}

impl DeliveryBuffer {
    pub(crate) fn push(&mut self, event: RawStreamEvent) {
        let replaces = matches!(event, RawStreamEvent::Interrupted(_))
            && matches!(self.events.back(), Some(RawStreamEvent::Interrupted(_)));
        if replaces {
            self.events.pop_back();
        }
        self.events.push_back(event);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// Returns the number of events that are not items: items are counted as long as they are under way.
    pub(crate) fn others(&self) -> usize {
        self.events.iter().filter(|event| !matches!(event, RawStreamEvent::Item { .. })).count()
    }
}

impl Queue for DeliveryBuffer {
    type Item = RawStreamEvent;

    fn pop(&mut self) -> Option<RawStreamEvent> {
        self.events.pop_front()
    }

    fn clear(&mut self) {
        self.events.clear();
    }
}

/// Whether an item was dropped since the last look.
#[derive(Debug, Default)]
pub(crate) struct Freed {
    is_set: bool,
}

impl Freed {
    pub(crate) fn set(&mut self) {
        self.is_set = true;
    }
}

impl Queue for Freed {
    type Item = ();

    fn pop(&mut self) -> Option<()> {
        std::mem::take(&mut self.is_set).then_some(())
    }

    fn clear(&mut self) {
        self.is_set = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        error::Error,
        streams::{MovedItem, StreamId},
    };

    #[test]
    fn of_several_failures_in_a_row_the_latest_is_told() {
        let mut buffer = DeliveryBuffer::default();
        for message in ["one", "two"] {
            buffer.push(RawStreamEvent::Interrupted(Error::invalid_input(message)));
        }
        buffer.push(RawStreamEvent::Moved(MovedItem { id: StreamId::MIN, deliveries: 1 }));
        buffer.push(RawStreamEvent::Interrupted(Error::invalid_input("three")));
        assert_eq!(buffer.others(), 3);
        let Some(RawStreamEvent::Interrupted(error)) = buffer.pop() else { panic!("another event") };
        assert_eq!(error.message(), "two");
        buffer.clear();
        assert!(buffer.is_empty());
    }
}
