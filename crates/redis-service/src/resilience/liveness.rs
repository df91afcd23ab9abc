use std::time::{Duration, Instant};

/// Judges whether a connection that many callers share is still alive: by how long nothing arrived on it
/// while replies were awaited, and by how many callers gave up meanwhile.
#[derive(Debug)]
pub(crate) struct Liveness {
    /// The longest time that a reply may take.
    timeout: Duration,
    /// The time without a call after which the server is sent a PING.
    idle_check: Duration,
    /// How many callers in a row gave up waiting for a reply, with nothing received in between.
    given_up: u32,
    last_received: Instant,
    /// How long replies take on this connection in the worst case; it decays little by little.
    round_trip: Duration,
}

/// This number of callers giving up in a row makes a connection suspicious.
const GIVEN_UP: u32 = 3;

impl Liveness {
    /// The state of a connection that was opened `now`, whose first reply took `round_trip`.
    pub(crate) fn new(timeout: Duration, idle_check: Duration, round_trip: Duration, now: Instant) -> Self {
        Self { timeout, idle_check, given_up: 0, last_received: now, round_trip }
    }

    /// Returns the interval at which to check for silence.
    pub(crate) fn period(&self) -> Duration {
        (self.timeout / 8).clamp(Duration::from_millis(10), Duration::from_millis(250))
    }

    /// Notes that bytes arrived. A large reply is not silence while it arrives.
    pub(crate) fn received(&mut self, now: Instant) {
        self.last_received = now;
    }

    /// Notes that a whole reply arrived. `since`: when the oldest command was sent that awaited one.
    pub(crate) fn answered(&mut self, since: Option<Instant>) {
        self.given_up = 0;
        let waited =
            since.map_or(Duration::ZERO, |since| self.last_received.saturating_duration_since(since));
        self.round_trip = waited.max(self.round_trip - self.round_trip / 8);
    }

    /// Notes that this number of callers gave up.
    pub(crate) fn gave_up(&mut self, callers: u32) {
        self.given_up += callers;
    }

    /// Returns whether a caller gave up since the last reply.
    pub(crate) fn is_doubtful(&self) -> bool {
        self.given_up > 0
    }

    /// Returns whether the server counts as dead. `since`: when the oldest command was sent that awaits a
    /// reply; without one, silence means nothing.
    ///
    /// The server counts as dead if nothing arrived for the timeout. The more callers gave up meanwhile, the
    /// sooner: one of them may have begun to wait a little before its command was sent, and several may have
    /// less time than the timeout. But it takes more than a moment, and several times as long as replies take
    /// on this connection, however many callers give up.
    pub(crate) fn is_silent(&self, now: Instant, since: Option<Instant>) -> bool {
        let Some(since) = since else { return false };
        let moment = self.period();
        let patience = match self.given_up {
            0 => self.timeout,
            1..GIVEN_UP => self.timeout.saturating_sub(moment),
            GIVEN_UP.. => moment.max(3 * self.round_trip).min(self.timeout),
        };
        now.saturating_duration_since(self.last_received.max(since)) > patience
    }

    /// Returns whether the connection was silent for so long that the server must be sent a PING, if no call
    /// is in progress.
    pub(crate) fn is_idle(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.last_received) > self.idle_check
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const MOMENT: Duration = Duration::from_millis(125);

    fn liveness(round_trip: Duration) -> (Liveness, Instant) {
        let now = Instant::now();
        (Liveness::new(SECOND, 30 * SECOND, round_trip, now), now)
    }

    /// The time after which the server counts as dead, to the millisecond, if a command was sent at once.
    fn patience(liveness: &Liveness, now: Instant) -> Duration {
        let silent = |millisecond| liveness.is_silent(now + Duration::from_millis(millisecond), Some(now));
        Duration::from_millis((0..3_000).find(|millisecond| silent(*millisecond)).unwrap() - 1)
    }

    #[test]
    fn without_a_command_there_is_nothing_to_be_silent_about() {
        let (liveness, now) = liveness(Duration::ZERO);
        assert!(!liveness.is_silent(now + 100 * SECOND, None));
        assert!(!liveness.is_idle(now + 30 * SECOND));
        assert!(liveness.is_idle(now + 31 * SECOND));
    }

    #[test]
    fn patience_shrinks_with_those_who_give_up() {
        let (mut liveness, now) = liveness(Duration::ZERO);
        assert!(!liveness.is_doubtful());
        assert_eq!(patience(&liveness, now), SECOND);
        liveness.gave_up(1);
        assert!(liveness.is_doubtful());
        assert_eq!(patience(&liveness, now), SECOND - MOMENT);
        liveness.gave_up(2);
        assert_eq!(patience(&liveness, now), MOMENT);
        liveness.answered(None);
        assert_eq!(patience(&liveness, now), SECOND);
    }

    #[test]
    fn a_slow_line_is_given_its_time_and_never_more_than_the_timeout() {
        let (mut slow, now) = liveness(Duration::from_millis(200));
        slow.gave_up(9);
        assert_eq!(patience(&slow, now), Duration::from_millis(600));
        let (mut slower, now) = liveness(Duration::from_millis(900));
        slower.gave_up(9);
        assert_eq!(patience(&slower, now), SECOND);
    }

    #[test]
    fn it_is_silent_since_the_command_was_sent_or_something_was_heard() {
        let (mut liveness, now) = liveness(Duration::ZERO);
        assert!(!liveness.is_silent(now + 10 * SECOND, Some(now + 9 * SECOND)));
        liveness.received(now + 10 * SECOND);
        assert!(!liveness.is_silent(now + 11 * SECOND, Some(now)));
        assert!(liveness.is_silent(now + 12 * SECOND, Some(now)));
    }

    #[test]
    fn how_long_replies_took_is_forgotten_bit_by_bit() {
        let (mut liveness, now) = liveness(Duration::from_millis(800));
        liveness.received(now + Duration::from_millis(10));
        (0..40).for_each(|_| liveness.answered(Some(now)));
        liveness.gave_up(9);
        assert_eq!(patience(&liveness, now + Duration::from_millis(10)), MOMENT);
    }
}
