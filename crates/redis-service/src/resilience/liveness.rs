use std::time::{Duration, Instant};

/// Whether a connection that many callers share is still alive: judged by how long nothing was heard on it while
/// replies were awaited, and by how many callers gave up meanwhile.
#[derive(Debug)]
pub(crate) struct Liveness {
    /// How long a reply may take at most.
    timeout: Duration,
    /// After what time without a call the server is asked for a sign.
    idle_check: Duration,
    /// How many callers in a row gave up waiting for a reply, with nothing heard in between.
    given_up: u32,
    last_heard: Instant,
    /// How long replies take here, at worst: forgotten bit by bit.
    pace: Duration,
}

/// So many callers giving up in a row make a connection suspicious.
const GIVEN_UP: u32 = 3;

impl Liveness {
    /// Of a connection that was opened `now`, whose first reply took `pace`.
    pub(crate) fn new(timeout: Duration, idle_check: Duration, pace: Duration, now: Instant) -> Self {
        Self { timeout, idle_check, given_up: 0, last_heard: now, pace }
    }

    /// How often to look whether it is silent.
    pub(crate) fn period(&self) -> Duration {
        (self.timeout / 8).clamp(Duration::from_millis(10), Duration::from_millis(250))
    }

    /// Bytes came. A large reply is no silence while it comes.
    pub(crate) fn heard(&mut self, now: Instant) {
        self.last_heard = now;
    }

    /// A reply came, whole. `since`: when the oldest command was sent that awaited one.
    pub(crate) fn answered(&mut self, since: Option<Instant>) {
        self.given_up = 0;
        let waited = since.map_or(Duration::ZERO, |since| self.last_heard.saturating_duration_since(since));
        self.pace = waited.max(self.pace - self.pace / 8);
    }

    /// So many callers gave up.
    pub(crate) fn gave_up(&mut self, callers: u32) {
        self.given_up += callers;
    }

    /// Whether anyone gave up since a reply came last.
    pub(crate) fn is_doubtful(&self) -> bool {
        self.given_up > 0
    }

    /// Whether the server is taken for dead. `since`: when the oldest command was sent that awaits a reply; without one
    /// there is nothing to be silent about.
    ///
    /// It is if nothing was heard for the timeout. The more callers gave up meanwhile, the sooner: one of them may have
    /// begun to wait a little before its command was sent, and several may have less time than the timeout. But it takes
    /// more than a moment, and several times as long as replies take here, however many give up in it.
    pub(crate) fn is_silent(&self, now: Instant, since: Option<Instant>) -> bool {
        let Some(since) = since else { return false };
        let moment = self.period();
        let patience = match self.given_up {
            0 => self.timeout,
            1..GIVEN_UP => self.timeout.saturating_sub(moment),
            GIVEN_UP.. => moment.max(3 * self.pace).min(self.timeout),
        };
        now.saturating_duration_since(self.last_heard.max(since)) > patience
    }

    /// Whether nothing was heard for so long that the server is to be asked for a sign, if nothing else is under way.
    pub(crate) fn is_idle(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.last_heard) > self.idle_check
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const MOMENT: Duration = Duration::from_millis(125);

    fn liveness(pace: Duration) -> (Liveness, Instant) {
        let now = Instant::now();
        (Liveness::new(SECOND, 30 * SECOND, pace, now), now)
    }

    /// After what time it is taken for dead, to the millisecond, if a command was sent at once.
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
        liveness.heard(now + 10 * SECOND);
        assert!(!liveness.is_silent(now + 11 * SECOND, Some(now)));
        assert!(liveness.is_silent(now + 12 * SECOND, Some(now)));
    }

    #[test]
    fn how_long_replies_took_is_forgotten_bit_by_bit() {
        let (mut liveness, now) = liveness(Duration::from_millis(800));
        liveness.heard(now + Duration::from_millis(10));
        (0..40).for_each(|_| liveness.answered(Some(now)));
        liveness.gave_up(9);
        assert_eq!(patience(&liveness, now + Duration::from_millis(10)), MOMENT);
    }
}
