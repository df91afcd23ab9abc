//! What a call waited for, and for how long.

use std::{borrow::Cow, fmt, time::Duration};

use super::{Error, ErrorKind, Outcome};

/// What a timeout waited for. The time is put in place of the last two words once it is known.
pub(super) const NO_ANSWER: &str = "no answer in time";
const NOT_SENT: &str = "nothing could be sent in time";
const NO_CONNECTION: &str = "no connection in time";
const SILENT: &str = "the server went silent: no answer in time";
const SILENT_BEFORE: &str = "the server went silent: no connection in time";

impl Error {
    /// The error of a connection on which the server has not answered to anything for a while.
    pub(crate) fn silent() -> Self {
        Self::new(ErrorKind::Timeout, SILENT)
    }

    /// Says what a timeout that applied nothing waited for: not for an answer.
    pub(super) fn waiting_for(&mut self, outcome: Outcome) {
        let message = match &*self.0.message {
            _ if outcome != Outcome::NotApplied => return,
            NO_ANSWER => NOT_SENT,
            SILENT => SILENT_BEFORE,
            _ => return,
        };
        self.0.message = Cow::Borrowed(message);
    }

    /// Says of the timeout of a connection that is being opened what it waited for.
    pub(super) fn waiting_for_connection(&mut self) {
        if self.0.message == NO_ANSWER || self.0.message == NOT_SENT {
            self.0.message = Cow::Borrowed(NO_CONNECTION);
        }
    }

    /// Says how long an attempt waited, if its time ran out.
    #[cold]
    pub(crate) fn waited(mut self, time: Duration) -> Self {
        if self.kind() == ErrorKind::Timeout
            && let Some(awaited) = self.0.message.strip_suffix(" in time")
        {
            self.0.message = format!("{awaited} within {}", Rounded(time)).into();
        }
        self
    }

    /// Says what a call took in all, if that is more than its last attempt did. `deadline` is the time that
    /// the call had, if that is what ended it.
    #[cold]
    pub(crate) fn after(mut self, attempts: u32, took: Duration, deadline: Option<Duration>) -> Self {
        let deadline = deadline.filter(|_| self.is_timeout()).map(Rounded);
        let message = &self.0.message;
        let message = match deadline {
            Some(deadline) if attempts > 1 => {
                format!("{message}, {attempts} attempts until the deadline of {deadline}")
            }
            Some(deadline) => format!("{message}, by the deadline of {deadline}"),
            None if attempts > 1 => format!("{message}, {attempts} attempts in {}", Rounded(took)),
            None => return self,
        };
        self.0.message = message.into();
        self
    }
}

/// A time for people: milliseconds, and tenths of a second from one second on.
pub(crate) struct Rounded(pub(crate) Duration);

impl fmt::Display for Rounded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Rounded before it is compared: 999.9 ms is a second.
        let millis = self.0.as_micros().saturating_add(500) / 1_000;
        if millis == 0 && !self.0.is_zero() {
            return f.write_str("less than 1ms");
        }
        let tenths = (millis + 50) / 100;
        match (millis, tenths % 10) {
            (0..1_000, _) => write!(f, "{millis}ms"),
            (_, 0) => write!(f, "{}s", tenths / 10),
            (_, tenth) => write!(f, "{}.{tenth}s", tenths / 10),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Stage, classify_io};

    fn timeout(stage: Stage) -> Error {
        classify_io(std::io::ErrorKind::TimedOut, stage)
    }

    #[test]
    fn a_timeout_says_what_it_waited_for_and_how_long() {
        let time = Duration::from_micros(300_400);
        for (error, message) in [
            (timeout(Stage::Sent), "no answer within 300ms"),
            (timeout(Stage::Unsent), "nothing could be sent within 300ms"),
            (timeout(Stage::Sent).with_outcome(Outcome::NotApplied), "nothing could be sent within 300ms"),
            (timeout(Stage::Unsent).of_opening(), "no connection within 300ms"),
            (timeout(Stage::Sent).of_opening(), "no connection within 300ms"),
            (Error::silent(), "the server went silent: no answer within 300ms"),
            (
                Error::silent().with_outcome(Outcome::NotApplied),
                "the server went silent: no connection within 300ms",
            ),
            (Error::new(ErrorKind::Connection, "never in time"), "never in time"),
        ] {
            assert_eq!(error.waited(time).message(), message);
        }
    }

    #[test]
    fn a_call_says_what_it_took_in_all() {
        let second = Duration::from_secs(1);
        let error = || timeout(Stage::Sent).waited(second);
        assert_eq!(error().after(1, second, None).message(), "no answer within 1s");
        assert_eq!(error().after(3, second * 4, None).message(), "no answer within 1s, 3 attempts in 4s");
        assert_eq!(
            error().after(1, second, Some(second)).message(),
            "no answer within 1s, by the deadline of 1s"
        );
        assert_eq!(
            error().after(2, second * 2, Some(second * 2)).message(),
            "no answer within 1s, 2 attempts until the deadline of 2s"
        );
        // The deadline did not end it.
        let refused = Error::new(ErrorKind::Connection, "connection refused").after(1, second, Some(second));
        assert_eq!(refused.message(), "connection refused");
    }

    #[test]
    fn times_are_rounded_for_people() {
        for (nanos, shown) in [
            (0, "0ms"),
            (1, "less than 1ms"),
            (199_998_341, "200ms"),
            (669_400_000, "669ms"),
            (999_900_000, "1s"),
            (1_949_000_000, "1.9s"),
            (1_950_000_000, "2s"),
            (2_000_300_000, "2s"),
            (12_340_000_000, "12.3s"),
        ] {
            assert_eq!(Rounded(Duration::from_nanos(nanos)).to_string(), shown);
        }
        assert!(!Rounded(Duration::MAX).to_string().is_empty());
    }
}
