use std::{collections::VecDeque, mem, time::Instant};

use super::{
    queue::{Commands, Queued, QueuedRequest},
    request::PendingRequest,
};

/// The requests whose commands are not sent yet, in order of arrival.
pub(super) struct UnsentRequests {
    requests: VecDeque<UnsentRequest>,
    /// The shared commands, of waiting requests and of those that have gone.
    wire: Vec<u8>,
    /// How many bytes of `wire` are of waiting requests.
    live: usize,
    /// How many bytes are outside of `wire`.
    own: usize,
    /// Above this number of bytes, requests that have gone are removed.
    compact_at: usize,
}

struct UnsentRequest {
    request: PendingRequest,
    until: Instant,
    commands: Commands,
    /// The offset of its commands, if they are in the shared bytes.
    at: usize,
}

/// A request whose commands are sent now.
pub(super) struct Dequeued {
    pub(super) request: PendingRequest,
    /// The caller's deadline.
    pub(super) until: Instant,
    /// The number of bytes of its commands.
    pub(super) bytes: usize,
}

/// A buffer that has grown beyond this is freed once it is empty.
const MAX_RETAINED: usize = 512 * 1024;

/// Fewer bytes than these of requests that have gone are tolerated.
const COMPACT_MIN: usize = 1024 * 1024;

/// Empties a buffer for the next commands.
pub(super) fn clear(buffer: &mut Vec<u8>) {
    buffer.clear();
    if buffer.capacity() > MAX_RETAINED {
        *buffer = Vec::new();
    }
}

impl Default for UnsentRequests {
    fn default() -> Self {
        Self { requests: VecDeque::new(), wire: Vec::new(), live: 0, own: 0, compact_at: COMPACT_MIN }
    }
}

impl UnsentRequests {
    /// Takes all queued requests. They wait until their deadline, or `longest` if that is sooner. Returns the
    /// earliest of these times.
    pub(super) fn enqueue(&mut self, queued: &mut Queued, longest: Instant) -> Option<Instant> {
        if self.wire.len() - self.live > self.live {
            self.compact();
        }
        let Queued { requests, wire } = queued;
        let (mut at, mut first) = (self.wire.len(), None);
        if at == 0 {
            mem::swap(&mut self.wire, wire);
        } else {
            self.wire.extend_from_slice(wire);
        }
        clear(wire);
        for QueuedRequest { request, deadline, commands } in requests.drain(..) {
            let until = deadline.min(longest);
            first = Some(first.map_or(until, |first: Instant| first.min(until)));
            let unsent_request = UnsentRequest { request, until, commands, at };
            at += unsent_request.commands.shared();
            self.live += unsent_request.commands.shared();
            self.own += unsent_request.commands.own();
            self.requests.push_back(unsent_request);
        }
        if self.live + self.own > self.compact_at {
            drop(self.remove(|_| false));
            self.compact_at = 2 * (self.live + self.own) + COMPACT_MIN;
        }
        first
    }

    /// Appends the commands of the first request that is still waiting to the bytes to send. Requests whose
    /// time has run out fail.
    pub(super) fn dequeue(
        &mut self,
        now: Instant,
        sending: &mut Vec<u8>,
        mut reject: impl FnMut(PendingRequest),
    ) -> Option<Dequeued> {
        while let Some(unsent_request) = self.requests.pop_front() {
            self.forget(&unsent_request);
            let UnsentRequest { request, until, commands, at } = unsent_request;
            let before = sending.len();
            let is_sent = until > now && request.is_awaited();
            match commands {
                _ if !is_sent => {}
                Commands::LinkState(bytes) => sending.extend_from_slice(&self.wire[at..at + bytes]),
                // Without a copy of large commands, if nothing is to be sent before them.
                Commands::Own(own) if before == 0 && own.len() > sending.capacity() => *sending = own,
                Commands::Own(own) => sending.extend_from_slice(&own),
            }
            self.release_buffer();
            if is_sent {
                return Some(Dequeued { request, until, bytes: sending.len() - before });
            }
            reject(request);
        }
        None
    }

    /// Removes the requests whose time has run out, and those whose caller has gone.
    pub(super) fn expire(&mut self, now: Instant) -> Vec<PendingRequest> {
        self.remove(|unsent_request| unsent_request.until <= now)
    }

    /// Removes all requests.
    pub(super) fn remove_all(&mut self) -> Vec<PendingRequest> {
        self.remove(|_| true)
    }

    fn remove(&mut self, is_to_go: impl Fn(&UnsentRequest) -> bool) -> Vec<PendingRequest> {
        let goes =
            |unsent_request: &UnsentRequest| is_to_go(unsent_request) || !unsent_request.request.is_awaited();
        if !self.requests.iter().any(goes) {
            return Vec::new();
        }
        let mut removed = Vec::new();
        for unsent_request in mem::take(&mut self.requests) {
            if goes(&unsent_request) {
                self.forget(&unsent_request);
                removed.push(unsent_request.request);
            } else {
                self.requests.push_back(unsent_request);
            }
        }
        self.release_buffer();
        removed
    }

    /// Stops counting a request's bytes.
    fn forget(&mut self, unsent_request: &UnsentRequest) {
        self.live -= unsent_request.commands.shared();
        self.own -= unsent_request.commands.own();
    }

    fn release_buffer(&mut self) {
        if self.requests.is_empty() {
            clear(&mut self.wire);
            self.compact_at = COMPACT_MIN;
        }
    }

    /// Keeps only the bytes of waiting requests.
    fn compact(&mut self) {
        let mut wire = Vec::with_capacity(2 * self.live);
        for unsent_request in &mut self.requests {
            let at = wire.len();
            wire.extend_from_slice(
                &self.wire[unsent_request.at..unsent_request.at + unsent_request.commands.shared()],
            );
            unsent_request.at = at;
        }
        self.wire = wire;
    }

    /// Returns the requests' deadlines.
    pub(super) fn untils(&self) -> impl Iterator<Item = Instant> {
        self.requests.iter().map(|unsent_request| unsent_request.until)
    }

    pub(super) fn len(&self) -> usize {
        self.requests.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.requests.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::{
        asynchronous::multiplexed::request::{self, ResponseFuture},
        clock,
    };

    #[derive(Clone, Debug)]
    enum Step {
        /// Requests arrive, each with this number of bytes, and milliseconds to wait.
        Come(Vec<(usize, u64)>),
        /// One of the waiting requests gives up.
        Go(prop::sample::Index),
        /// The commands of this number of requests are sent.
        Send(usize),
        /// This number of milliseconds passes.
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

    /// A request as the test knows it.
    struct Expected {
        bytes: Vec<u8>,
        until: Instant,
        caller: Option<ResponseFuture>,
    }

    proptest! {
        /// Whichever requests arrive, are given up, run out of time or fail for want of a connection: the
        /// bytes sent are the commands of those that are left, in order, each assigned to its own request.
        #[test]
        fn what_is_sent_is_what_those_have_asked_who_still_wait(steps in steps()) {
            let mut now = clock::now();
            let far = now + Duration::from_secs(60);
            let (mut unsent, mut expected) = (UnsentRequests::default(), VecDeque::<Expected>::new());
            let mut number = 0_u8;
            for step in steps {
                match step {
                    Step::Come(requests) => {
                        let mut queued = Queued::default();
                        for (length, milliseconds) in requests {
                            number = number.wrapping_add(1);
                            let (request, caller) = PendingRequest::new(request::Expected::many(1));
                            let (bytes, deadline) = (vec![number; length], now + Duration::from_millis(milliseconds));
                            let commands = if length > 30 {
                                Commands::Own(bytes.clone())
                            } else {
                                queued.wire.extend_from_slice(&bytes);
                                Commands::LinkState(length)
                            };
                            queued.requests.push(QueuedRequest { request, deadline, commands });
                            expected.push_back(Expected { bytes, until: deadline, caller: Some(caller) });
                        }
                        unsent.enqueue(&mut queued, far);
                        prop_assert!(queued.requests.is_empty() && queued.wire.is_empty());
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
                            let dequeued = unsent.dequeue(now, &mut sending, |_| turned_away += 1);
                            let next = loop {
                                match expected.pop_front() {
                                    Some(late) if late.caller.is_none() || late.until <= now => turned_away -= 1,
                                    next => break next,
                                }
                            };
                            prop_assert_eq!(turned_away, 0);
                            prop_assert_eq!(dequeued.is_some(), next.is_some());
                            if let (Some(dequeued), Some(next)) = (dequeued, next) {
                                prop_assert_eq!(&sending[from..], &next.bytes);
                                prop_assert_eq!((dequeued.bytes, dequeued.until), (next.bytes.len(), next.until));
                            }
                        }
                    }
                    Step::Pass(milliseconds) => {
                        now += Duration::from_millis(milliseconds);
                    }
                    Step::Expire => {
                        unsent.expire(now);
                        expected.retain(|expected| expected.until > now && expected.caller.is_some());
                    }
                    Step::Fail => {
                        prop_assert_eq!(unsent.remove_all().len(), expected.len());
                        expected.clear();
                    }
                }
                prop_assert_eq!((unsent.len(), unsent.is_empty()), (expected.len(), expected.is_empty()));
                prop_assert!(unsent.wire.len() >= unsent.live && (!unsent.is_empty() || unsent.wire.is_empty()));
                prop_assert!(unsent.untils().eq(expected.iter().map(|expected| expected.until)));
            }
        }
    }

    #[test]
    fn what_those_have_left_who_gave_up_does_not_pile_up() {
        const BYTES: usize = 64 * 1024;
        let (now, mut unsent) = (clock::now(), UnsentRequests::default());
        let far = now + Duration::from_secs(60);
        let mut staying = Vec::new();
        for round in 0..1_000 {
            let mut queued = Queued::default();
            let commands = [Commands::Own(vec![0; BYTES]), Commands::LinkState(BYTES)];
            queued.wire.resize(BYTES, 0);
            for commands in commands {
                let (request, caller) = PendingRequest::new(request::Expected::many(1));
                queued.requests.push(QueuedRequest { request, deadline: far, commands });
                // The other requests give up at once.
                if round == 0 {
                    staying.push(caller);
                }
            }
            unsent.enqueue(&mut queued, far);
            assert!(unsent.own + unsent.wire.len() < 4 * COMPACT_MIN, "{round}: {}", unsent.own);
        }
        unsent.expire(now);
        assert_eq!(unsent.len(), staying.len());
    }
}
