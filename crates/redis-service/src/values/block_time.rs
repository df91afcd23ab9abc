use std::time::Duration;

use crate::error::{Error, Result};

/// How long a blocking call waits for something to return.
///
/// A `Duration` is one: `pop_front_wait(&mut connection, Duration::from_secs(5))`. Zero is refused, because to Redis it
/// means a wait without a limit: that is [`Forever`](Self::Forever).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockTime {
    /// At most this long, in whole milliseconds, rounded up.
    Time(Duration),
    /// Until there is something, or the connection fails.
    Forever,
}

impl From<Duration> for BlockTime {
    fn from(time: Duration) -> Self {
        Self::Time(time)
    }
}

/// The longest time for which one command blocks. After it the next one shows that the server is still there.
const MAX_SLICE: Duration = Duration::from_secs(30);

impl BlockTime {
    /// Returns how long the first command is to block.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for a time of zero.
    pub(crate) fn first(self) -> Result<Duration> {
        let message = "a block time of zero is invalid: to wait without a limit, say BlockTime::Forever";
        self.slice(Duration::ZERO).ok_or_else(|| Error::invalid_input(message))
    }

    /// Returns how long the next command is to block, after this much of the time; `None` if it is over.
    pub(crate) fn slice(self, elapsed: Duration) -> Option<Duration> {
        let left = match self {
            Self::Time(time) => time.checked_sub(elapsed).filter(|left| !left.is_zero())?,
            Self::Forever => MAX_SLICE,
        };
        Some(left.min(MAX_SLICE))
    }
}

/// Returns the argument of a blocking command: seconds, in whole milliseconds, and never 0.
pub(crate) fn block_seconds(time: Duration) -> String {
    let milliseconds = time.as_nanos().div_ceil(1_000_000).max(1);
    format!("{}.{:03}", milliseconds / 1_000, milliseconds % 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_cut_into_slices_that_end_with_it() {
        let seconds = Duration::from_secs;
        let wait = BlockTime::from(seconds(70));
        let slices = [0, 30, 60, 69, 70, 71].map(|elapsed| wait.slice(seconds(elapsed)));
        let expected = [Some(30), Some(30), Some(10), Some(1), None, None];
        assert_eq!(slices, expected.map(|slice| slice.map(seconds)));
        assert_eq!(BlockTime::Forever.slice(seconds(1_000_000)), Some(MAX_SLICE));
        assert_eq!(BlockTime::Time(Duration::MAX).slice(seconds(1)), Some(MAX_SLICE));
        BlockTime::Time(Duration::ZERO).first().unwrap_err();
        assert_eq!(BlockTime::Time(Duration::from_nanos(1)).first().unwrap(), Duration::from_nanos(1));
    }

    #[test]
    fn no_time_is_sent_as_zero() {
        for (nanoseconds, argument) in
            [(1, "0.001"), (1_000_000, "0.001"), (1_000_001, "0.002"), (30_000_000_000, "30.000")]
        {
            assert_eq!(block_seconds(Duration::from_nanos(nanoseconds)), argument);
        }
    }
}
