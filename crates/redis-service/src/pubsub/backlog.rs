use std::collections::VecDeque;

use redis_service_runtime::Queue;

use super::{Gap, RawEvent};

/// The events that were received and not yet taken: bounded, dropping the oldest messages first.
#[derive(Debug)]
pub(crate) struct EventBuffer {
    limit: usize,
    events: VecDeque<RawEvent>,
    messages: usize,
    /// The number of messages dropped since the last one was taken.
    dropped: u64,
    /// The latest states from before the last dropped message: no overflow drops a state.
    states: Vec<RawEvent>,
    /// The connection is lost, and the listener has not subscribed again.
    is_lost: bool,
}

impl EventBuffer {
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, events: VecDeque::new(), messages: 0, dropped: 0, states: Vec::new(), is_lost: false }
    }

    pub(crate) fn lost(&mut self) {
        self.is_lost = true;
    }

    pub(crate) fn is_subscribed(&self) -> bool {
        !self.is_lost
    }

    pub(crate) fn push(&mut self, events: RawEvent) {
        if matches!(events, RawEvent::Gap(Gap::Reconnected)) {
            self.is_lost = false;
        }
        if events.is_counted() {
            if self.messages == self.limit {
                self.drop_oldest();
            }
            self.messages += 1;
        } else {
            self.forget_outdated(&events);
        }
        self.events.push_back(events);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.states.is_empty() && self.dropped == 0 && self.events.is_empty()
    }

    /// Removes the event that `next` replaces, if no message came in between: a connection that breaks again
    /// and again costs bounded memory.
    fn forget_outdated(&mut self, next: &RawEvent) {
        let since = self.events.iter().rposition(RawEvent::is_counted).map_or(0, |last| last + 1);
        let outdated = (since..self.events.len()).find(|index| next.replaces(&self.events[*index]));
        if let Some(index) = outdated {
            self.events.remove(index);
        }
    }

    /// A gap before the oldest message belongs to the same hole.
    fn drop_oldest(&mut self) {
        while let Some(events) = self.events.pop_front() {
            match events {
                RawEvent::Gap(_) => {}
                state if !state.is_counted() => {
                    self.states.retain(|earlier| !state.replaces(earlier));
                    self.states.push(state);
                }
                _ => {
                    self.messages -= 1;
                    self.dropped += 1;
                    return;
                }
            }
        }
    }
}

impl Queue for EventBuffer {
    type Item = RawEvent;

    /// The states from before the overflow first, then the overflow, then what is left: the gap is where the
    /// dropped messages were.
    fn pop(&mut self) -> Option<RawEvent> {
        if !self.states.is_empty() {
            return Some(self.states.remove(0));
        }
        let dropped = std::mem::take(&mut self.dropped);
        if dropped > 0 {
            return Some(RawEvent::Gap(Gap::Overflow { dropped }));
        }
        let events = self.events.pop_front()?;
        self.messages -= usize::from(events.is_counted());
        Some(events)
    }

    fn clear(&mut self) {
        *self = Self::new(self.limit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Error, ErrorKind};

    fn message(number: u8) -> RawEvent {
        RawEvent::Message { channel: Vec::new(), pattern: None, payload: vec![number] }
    }

    fn drain(backlog: &mut EventBuffer) -> String {
        let events = std::iter::from_fn(|| backlog.pop()).map(|events| match events {
            RawEvent::Message { payload, .. } => payload[0].to_string(),
            RawEvent::Gap(Gap::Reconnected) => "gap".to_owned(),
            RawEvent::Gap(Gap::Overflow { dropped }) => format!("-{dropped}"),
            RawEvent::Tracking(tracking) => if tracking.is_ok() { "on" } else { "off" }.to_owned(),
            RawEvent::Refused { channel, .. } => String::from_utf8(channel).unwrap(),
            RawEvent::Invalidated(_) | RawEvent::Ended(_) => unreachable!(),
        });
        events.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn what_fits_is_kept_in_order() {
        let mut backlog = EventBuffer::new(3);
        for number in 0..3 {
            backlog.push(message(number));
        }
        assert_eq!(drain(&mut backlog), "0 1 2");
    }

    #[test]
    fn the_oldest_go_and_are_counted_where_they_were() {
        let mut backlog = EventBuffer::new(3);
        for number in 0..10 {
            backlog.push(message(number));
        }
        assert_eq!(drain(&mut backlog), "-7 7 8 9");
        backlog.push(message(10));
        assert_eq!(drain(&mut backlog), "10");
    }

    #[test]
    fn gaps_are_not_lost_and_do_not_pile_up() {
        let mut backlog = EventBuffer::new(2);
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

    fn refused(channel: &str) -> RawEvent {
        RawEvent::Refused { channel: channel.into(), error: Error::new(ErrorKind::Permission, "no") }
    }

    fn tracking(is_on: bool) -> RawEvent {
        let off = || Err(Error::new(ErrorKind::Permission, "no"));
        RawEvent::Tracking(if is_on { Ok(()) } else { off() })
    }

    /// The events of a reconnect.
    fn reconnected(backlog: &mut EventBuffer, is_on: bool) {
        backlog.push(tracking(is_on));
        backlog.push(refused("a"));
        backlog.push(refused("b"));
        backlog.push(RawEvent::Gap(Gap::Reconnected));
    }

    #[test]
    fn states_survive_an_overflow_and_the_latest_counts() {
        let mut backlog = EventBuffer::new(1);
        backlog.push(tracking(true));
        backlog.push(refused("a"));
        for number in 0..5 {
            backlog.push(message(number));
        }
        assert_eq!(drain(&mut backlog), "on a -4 4");
        backlog.push(tracking(true));
        backlog.push(message(0));
        reconnected(&mut backlog, false);
        backlog.push(message(1));
        backlog.push(message(2));
        assert_eq!(drain(&mut backlog), "off a b -2 2");
        // What was valid before the message stays where it was.
        backlog.push(message(0));
        reconnected(&mut backlog, true);
        assert_eq!(drain(&mut backlog), "0 on a b gap");
    }

    #[test]
    fn reconnects_do_not_pile_up() {
        let mut backlog = EventBuffer::new(2);
        for round in 0..100 {
            reconnected(&mut backlog, round % 2 == 0);
        }
        assert_eq!(drain(&mut backlog), "off a b gap");
        for round in 0..100 {
            reconnected(&mut backlog, true);
            backlog.push(message(round));
            reconnected(&mut backlog, false);
        }
        // Three states, two messages, and what came before, between and after these.
        assert_eq!(backlog.states.len() + backlog.events.len(), 3 + 2 + 3 * 4);
        assert_eq!(drain(&mut backlog), "on a b -98 on a b gap 98 on a b gap 99 off a b gap");
    }
}
