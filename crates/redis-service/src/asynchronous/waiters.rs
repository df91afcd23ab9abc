use std::{collections::VecDeque, mem, time::Instant};

use super::{
    door::{Arrival, Arrivals, Commands},
    exchange::Exchange,
};

/// Callers whose commands are not sent yet, in the order in which they came.
#[derive(Default)]
pub(super) struct Waiters {
    callers: VecDeque<Waiter>,
    /// Where the shared commands are: of those who wait, and of those who do not any more.
    wire: Vec<u8>,
    /// How many bytes of it are of those who wait.
    live: usize,
    /// How many bytes there are outside of it.
    own: usize,
    /// With more bytes than these, those who have gone are looked for.
    sweep_at: usize,
}

struct Waiter {
    exchange: Exchange,
    until: Instant,
    commands: Commands,
    /// Where its commands begin, if they are shared.
    at: usize,
}

/// A caller whose commands are sent now.
pub(super) struct Departure {
    pub(super) exchange: Exchange,
    /// Until when it waits.
    pub(super) until: Instant,
    /// How many bytes its commands have.
    pub(super) bytes: usize,
}

/// A buffer that has grown beyond this is given back once it is empty.
const KEPT_BUFFER: usize = 512 * 1024;

/// Fewer bytes than these may be of callers who have gone.
const SWEPT: usize = 1024 * 1024;

/// Empties a buffer for the next commands.
pub(super) fn clear(buffer: &mut Vec<u8>) {
    buffer.clear();
    if buffer.capacity() > KEPT_BUFFER {
        *buffer = Vec::new();
    }
}

impl Waiters {
    /// Takes all who have come. They wait until their deadline, or `longest` if that is sooner; tells when the first
    /// of them waits no longer.
    pub(super) fn admit(&mut self, arrivals: &mut Arrivals, longest: Instant) -> Option<Instant> {
        if self.wire.len() - self.live > self.live {
            self.compact();
        }
        let Arrivals { callers, wire } = arrivals;
        let (mut at, mut first) = (self.wire.len(), None);
        if at == 0 {
            mem::swap(&mut self.wire, wire);
        } else {
            self.wire.extend_from_slice(wire);
        }
        clear(wire);
        for Arrival { exchange, deadline, commands } in callers.drain(..) {
            let until = deadline.min(longest);
            first = Some(first.map_or(until, |first: Instant| first.min(until)));
            let waiter = Waiter { exchange, until, commands, at };
            at += waiter.commands.shared();
            self.live += waiter.commands.shared();
            self.own += waiter.commands.own();
            self.callers.push_back(waiter);
        }
        if self.live + self.own > self.sweep_at {
            drop(self.remove(|_| false));
            self.sweep_at = 2 * (self.live + self.own) + SWEPT;
        }
        first
    }

    /// Appends the commands of the first caller that is still there to what is sent now. Those whose time has run out
    /// are turned away.
    pub(super) fn depart(
        &mut self,
        now: Instant,
        sending: &mut Vec<u8>,
        mut turn_away: impl FnMut(Exchange),
    ) -> Option<Departure> {
        while let Some(waiter) = self.callers.pop_front() {
            self.forget(&waiter);
            let Waiter { exchange, until, commands, at } = waiter;
            let before = sending.len();
            let departs = until > now && exchange.is_awaited();
            match commands {
                _ if !departs => {}
                Commands::Shared(bytes) => sending.extend_from_slice(&self.wire[at..at + bytes]),
                // Without copying many, if nothing is there yet.
                Commands::Own(own) if before == 0 && own.len() > sending.capacity() => *sending = own,
                Commands::Own(own) => sending.extend_from_slice(&own),
            }
            self.give_back();
            if departs {
                return Some(Departure { exchange, until, bytes: sending.len() - before });
            }
            turn_away(exchange);
        }
        None
    }

    /// Removes those whose time has run out, and those who have gone.
    pub(super) fn expire(&mut self, now: Instant) -> Vec<Exchange> {
        self.remove(|waiter| waiter.until <= now)
    }

    /// Removes everybody.
    pub(super) fn remove_all(&mut self) -> Vec<Exchange> {
        self.remove(|_| true)
    }

    fn remove(&mut self, is_to_go: impl Fn(&Waiter) -> bool) -> Vec<Exchange> {
        let goes = |waiter: &Waiter| is_to_go(waiter) || !waiter.exchange.is_awaited();
        if !self.callers.iter().any(goes) {
            return Vec::new();
        }
        let mut removed = Vec::new();
        for waiter in mem::take(&mut self.callers) {
            if goes(&waiter) {
                self.forget(&waiter);
                removed.push(waiter.exchange);
            } else {
                self.callers.push_back(waiter);
            }
        }
        self.give_back();
        removed
    }

    /// Counts no longer what is a caller's.
    fn forget(&mut self, waiter: &Waiter) {
        self.live -= waiter.commands.shared();
        self.own -= waiter.commands.own();
    }

    fn give_back(&mut self) {
        if self.callers.is_empty() {
            clear(&mut self.wire);
            self.sweep_at = SWEPT;
        }
    }

    /// Keeps the bytes of those who wait alone.
    fn compact(&mut self) {
        let mut wire = Vec::with_capacity(2 * self.live);
        for waiter in &mut self.callers {
            let at = wire.len();
            wire.extend_from_slice(&self.wire[waiter.at..waiter.at + waiter.commands.shared()]);
            waiter.at = at;
        }
        self.wire = wire;
    }

    /// Until when they wait.
    pub(super) fn untils(&self) -> impl Iterator<Item = Instant> {
        self.callers.iter().map(|waiter| waiter.until)
    }

    pub(super) fn len(&self) -> usize {
        self.callers.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.callers.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::{asynchronous::exchange::Caller, clock};

    #[derive(Clone, Debug)]
    enum Step {
        /// Callers come, each with so many bytes, and milliseconds to wait.
        Come(Vec<(usize, u64)>),
        /// One of those who wait goes.
        Go(prop::sample::Index),
        /// The commands of so many are sent.
        Send(usize),
        /// So many milliseconds pass.
        Pass(u64),
        Expire,
        Fail,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            4 => prop::collection::vec((0_usize..40, 1_u64..20), 0..5).prop_map(Step::Come),
            1 => any::<prop::sample::Index>().prop_map(Step::Go),
            4 => (0_usize..6).prop_map(Step::Send),
            1 => (0_u64..6).prop_map(Step::Pass),
            1 => Just(Step::Expire),
            1 => Just(Step::Fail),
        ];
        prop::collection::vec(step, 0..40)
    }

    /// A caller as the test knows it.
    struct Expected {
        bytes: Vec<u8>,
        until: Instant,
        caller: Option<Caller>,
    }

    proptest! {
        /// Whoever comes, goes, runs out of time or is told that there is no connection: what is sent are the commands
        /// of those who are left, in order, each under the right name.
        #[test]
        fn what_is_sent_is_what_those_have_asked_who_still_wait(steps in steps()) {
            let mut now = clock::now();
            let far = now + Duration::from_secs(60);
            let (mut waiters, mut expected) = (Waiters::default(), VecDeque::<Expected>::new());
            let mut number = 0_u8;
            for step in steps {
                match step {
                    Step::Come(callers) => {
                        let mut arrivals = Arrivals::default();
                        for (length, milliseconds) in callers {
                            number = number.wrapping_add(1);
                            let (exchange, caller) = Exchange::new(1);
                            let (bytes, deadline) = (vec![number; length], now + Duration::from_millis(milliseconds));
                            let commands = if length > 30 {
                                Commands::Own(bytes.clone())
                            } else {
                                arrivals.wire.extend_from_slice(&bytes);
                                Commands::Shared(length)
                            };
                            arrivals.callers.push(Arrival { exchange, deadline, commands });
                            expected.push_back(Expected { bytes, until: deadline, caller: Some(caller) });
                        }
                        waiters.admit(&mut arrivals, far);
                        prop_assert!(arrivals.callers.is_empty() && arrivals.wire.is_empty());
                    }
                    Step::Go(index) if !expected.is_empty() => {
                        let index = index.index(expected.len());
                        expected[index].caller = None;
                    }
                    Step::Go(_) => {}
                    Step::Send(count) => {
                        let mut sending = vec![0; count % 2];
                        for _ in 0..count {
                            let from = sending.len();
                            let mut turned_away = 0;
                            let departure = waiters.depart(now, &mut sending, |_| turned_away += 1);
                            let next = loop {
                                match expected.pop_front() {
                                    Some(late) if late.caller.is_none() || late.until <= now => turned_away -= 1,
                                    next => break next,
                                }
                            };
                            prop_assert_eq!(turned_away, 0);
                            prop_assert_eq!(departure.is_some(), next.is_some());
                            if let (Some(departure), Some(next)) = (departure, next) {
                                prop_assert_eq!(&sending[from..], &next.bytes);
                                prop_assert_eq!((departure.bytes, departure.until), (next.bytes.len(), next.until));
                            }
                        }
                    }
                    Step::Pass(milliseconds) => {
                        now += Duration::from_millis(milliseconds);
                    }
                    Step::Expire => {
                        waiters.expire(now);
                        expected.retain(|expected| expected.until > now && expected.caller.is_some());
                    }
                    Step::Fail => {
                        prop_assert_eq!(waiters.remove_all().len(), expected.len());
                        expected.clear();
                    }
                }
                prop_assert_eq!((waiters.len(), waiters.is_empty()), (expected.len(), expected.is_empty()));
                prop_assert!(waiters.wire.len() >= waiters.live && (!waiters.is_empty() || waiters.wire.is_empty()));
                prop_assert!(waiters.untils().eq(expected.iter().map(|expected| expected.until)));
            }
        }
    }

    #[test]
    fn what_those_have_left_who_gave_up_does_not_pile_up() {
        const BYTES: usize = 64 * 1024;
        let (now, mut waiters) = (clock::now(), Waiters::default());
        let far = now + Duration::from_secs(60);
        let mut staying = Vec::new();
        for round in 0..1_000 {
            let mut arrivals = Arrivals::default();
            let commands = [Commands::Own(vec![0; BYTES]), Commands::Shared(BYTES)];
            arrivals.wire.resize(BYTES, 0);
            for commands in commands {
                let (exchange, caller) = Exchange::new(1);
                arrivals.callers.push(Arrival { exchange, deadline: far, commands });
                // The others are gone at once.
                if round == 0 {
                    staying.push(caller);
                }
            }
            waiters.admit(&mut arrivals, far);
            assert!(waiters.own + waiters.wire.len() < 4 * SWEPT, "{round}: {}", waiters.own);
        }
        waiters.expire(now);
        assert_eq!(waiters.len(), staying.len());
    }
}
