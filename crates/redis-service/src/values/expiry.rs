//! The expiry of keys.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::error::{Error, Result};

/// The expiry of a key that a call writes. A [`Duration`] converts into [`After`](Self::After).
///
/// ```
/// use std::time::Duration;
/// use redis_service::Expiry;
///
/// assert_eq!(Expiry::from(Duration::from_secs(60)), Expiry::after(Duration::from_secs(60)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Expiry {
    /// The key never expires. An expiry that it had is removed.
    Never,
    /// The key expires after this time, counted by the server in milliseconds, rounded up. Zero is invalid.
    After(Duration),
    /// The key expires at this time of the server's clock, in milliseconds, rounded up. A time in the past of this
    /// machine's clock is invalid; one that has passed only by the server's makes a key that is gone at once. Use
    /// [`After`](Self::After) for a key that must live for some time, such as a lock.
    At(SystemTime),
    /// The key keeps the expiry of the key that it replaces; without one it never expires.
    Keep,
    /// The key expires after the configuration's `default_ttl`: 300 s unless configured.
    Default,
    /// The key expires after the configuration's `long_ttl`: 3600 s unless configured.
    Long,
}

impl Expiry {
    /// Returns [`Expiry::After`] with `time`.
    #[must_use]
    pub const fn after(time: Duration) -> Self {
        Self::After(time)
    }

    /// Returns [`Expiry::At`] with `time`.
    #[must_use]
    pub const fn at(time: SystemTime) -> Self {
        Self::At(time)
    }
}

impl From<Duration> for Expiry {
    fn from(time: Duration) -> Self {
        Self::After(time)
    }
}

/// The time that a key has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ttl {
    /// There is no such key.
    Missing,
    /// The key never expires.
    Forever,
    /// The key expires after this time.
    Left(Duration),
}

impl Ttl {
    /// Returns the time left; `None` if there is no such key, or it never expires.
    #[must_use]
    pub fn left(self) -> Option<Duration> {
        match self {
            Self::Left(left) => Some(left),
            Self::Missing | Self::Forever => None,
        }
    }

    /// Converts the reply of PTTL.
    pub(crate) fn from_milliseconds(reply: i64) -> Self {
        match u64::try_from(reply) {
            Ok(left) => Self::Left(Duration::from_millis(left)),
            Err(_) if reply == -1 => Self::Forever,
            Err(_) => Self::Missing,
        }
    }
}

/// An [`Expiry`] in the form that Redis accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expires {
    Never,
    InMilliseconds(i64),
    AtMilliseconds(i64),
    Keep,
}

/// The configured time-to-live behind [`Expiry::Default`] and [`Expiry::Long`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct DefaultTtls {
    pub(crate) default: Duration,
    pub(crate) long: Duration,
}

impl Expiry {
    /// `now` is this machine's time, which is good enough to refuse times that have long passed.
    pub(crate) fn resolve(self, ttls: DefaultTtls, now: SystemTime) -> Result<Expires> {
        match self {
            Self::Never => Ok(Expires::Never),
            Self::Keep => Ok(Expires::Keep),
            Self::After(time) => milliseconds(time).map(Expires::InMilliseconds),
            Self::Default => milliseconds(ttls.default).map(Expires::InMilliseconds),
            Self::Long => milliseconds(ttls.long).map(Expires::InMilliseconds),
            Self::At(time) if time <= now => Err(Error::invalid_input("the expiry has passed")),
            Self::At(time) => {
                let since_epoch = time.duration_since(UNIX_EPOCH).unwrap_or_default();
                milliseconds(since_epoch).map(Expires::AtMilliseconds)
            }
        }
    }
}

/// Redis adds its own time to a time-to-live and refuses what then overflows; half the range is safe.
const MAX_MILLISECONDS: i64 = i64::MAX / 2;

fn milliseconds(time: Duration) -> Result<i64> {
    if time.is_zero() {
        return Err(Error::invalid_input("the expiry is zero; to remove a key, delete it"));
    }
    i64::try_from(time.as_nanos().div_ceil(1_000_000))
        .ok()
        .filter(|&milliseconds| milliseconds <= MAX_MILLISECONDS)
        .ok_or_else(|| Error::invalid_input("the expiry is too far in the future for Redis"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TTLS: DefaultTtls =
        DefaultTtls { default: Duration::from_secs(300), long: Duration::from_secs(3600) };

    fn resolve(expiry: Expiry) -> Result<Expires> {
        expiry.resolve(TTLS, UNIX_EPOCH + Duration::from_secs(1_000))
    }

    #[test]
    fn times_are_milliseconds_rounded_up() {
        for (time, milliseconds) in
            [(Duration::from_secs(2), 2_000), (Duration::from_nanos(1), 1), (Duration::from_micros(1_001), 2)]
        {
            assert_eq!(resolve(time.into()).unwrap(), Expires::InMilliseconds(milliseconds));
        }
        let at = UNIX_EPOCH + Duration::from_micros(2_000_000_001);
        assert_eq!(resolve(Expiry::at(at)).unwrap(), Expires::AtMilliseconds(2_000_001));
        assert_eq!(resolve(Expiry::Default).unwrap(), Expires::InMilliseconds(300_000));
        assert_eq!(resolve(Expiry::Long).unwrap(), Expires::InMilliseconds(3_600_000));
    }

    #[test]
    fn zero_past_and_overflowing_times_are_refused() {
        for expiry in [
            Expiry::After(Duration::ZERO),
            Expiry::After(Duration::MAX),
            Expiry::After(Duration::from_millis(u64::MAX / 4 + 1)),
            Expiry::At(UNIX_EPOCH),
            Expiry::At(UNIX_EPOCH + Duration::from_secs(1_000)),
        ] {
            assert!(resolve(expiry).is_err(), "{expiry:?}");
        }
    }

    #[test]
    fn replies_of_pttl() {
        assert_eq!(Ttl::from_milliseconds(-2), Ttl::Missing);
        assert_eq!(Ttl::from_milliseconds(-1), Ttl::Forever);
        assert_eq!(Ttl::from_milliseconds(0), Ttl::Left(Duration::ZERO));
        assert_eq!(Ttl::from_milliseconds(1_500), Ttl::Left(Duration::from_millis(1_500)));
    }
}
