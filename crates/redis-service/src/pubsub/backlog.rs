use std::collections::VecDeque;

use redis_service_runtime::Queue;

use super::{Gap, RawEvent};

/// The events that were received and not yet taken: bounded, dropping the oldest messages first.
#[derive(Debug)]
pub(crate) struct Backlog {
    limit: usize,
    heard: VecDeque<RawEvent>,
    messages: usize,
    /// The number of messages dropped since the last one was taken.
    dropped: u64,
}

impl Backlog {
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, heard: VecDeque::new(), messages: 0, dropped: 0 }
    }

    pub(crate) fn push(&mut self, heard: RawEvent) {
        // Two gaps in a row are one.
        if matches!((&heard, self.heard.back()), (RawEvent::Gap(_), Some(RawEvent::Gap(_)))) {
            return;
        }
        if heard.is_counted() {
            if self.messages == self.limit {
                self.drop_oldest();
            }
            self.messages += 1;
        }
        self.heard.push_back(heard);
    }

    /// A gap before the oldest message belongs to the same hole.
    fn drop_oldest(&mut self) {
        while let Some(heard) = self.heard.pop_front() {
            if heard.is_counted() {
                self.messages -= 1;
                self.dropped += 1;
                return;
            }
        }
    }
}

impl Queue for Backlog {
    type Item = RawEvent;

    /// The overflow first, then what is left: the gap is where the dropped messages were.
    fn pop(&mut self) -> Option<RawEvent> {
        let dropped = std::mem::take(&mut self.dropped);
        if dropped > 0 {
            return Some(RawEvent::Gap(Gap::Overflow { dropped }));
        }
        let heard = self.heard.pop_front()?;
        self.messages -= usize::from(heard.is_counted());
        Some(heard)
    }

    fn clear(&mut self) {
        *self = Self::new(self.limit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(number: u8) -> RawEvent {
        RawEvent::Message { channel: Vec::new(), pattern: None, payload: vec![number] }
    }

    fn drain(backlog: &mut Backlog) -> String {
        let heard = std::iter::from_fn(|| backlog.pop()).map(|heard| match heard {
            RawEvent::Message { payload, .. } => payload[0].to_string(),
            RawEvent::Gap(Gap::Reconnected) => "gap".to_owned(),
            RawEvent::Gap(Gap::Overflow { dropped }) => format!("-{dropped}"),
            RawEvent::Invalidated(_) | RawEvent::Tracking(_) | RawEvent::Refused { .. } => unreachable!(),
        });
        heard.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn what_fits_is_kept_in_order() {
        let mut backlog = Backlog::new(3);
        for number in 0..3 {
            backlog.push(message(number));
        }
        assert_eq!(drain(&mut backlog), "0 1 2");
    }

    #[test]
    fn the_oldest_go_and_are_counted_where_they_were() {
        let mut backlog = Backlog::new(3);
        for number in 0..10 {
            backlog.push(message(number));
        }
        assert_eq!(drain(&mut backlog), "-7 7 8 9");
        backlog.push(message(10));
        assert_eq!(drain(&mut backlog), "10");
    }

    #[test]
    fn gaps_are_not_lost_and_do_not_pile_up() {
        let mut backlog = Backlog::new(2);
        backlog.push(message(0));
        backlog.push(RawEvent::Gap(Gap::Reconnected));
        backlog.push(RawEvent::Gap(Gap::Reconnected));
        backlog.push(message(1));
        assert_eq!(drain(&mut backlog), "0 gap 1");
        for number in 0..4 {
            backlog.push(RawEvent::Gap(Gap::Reconnected));
            backlog.push(message(number));
        }
        assert_eq!(drain(&mut backlog), "-2 gap 2 gap 3");
    }
}
