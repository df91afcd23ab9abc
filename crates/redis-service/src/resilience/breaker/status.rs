use std::{fmt, time::Duration};

use serde::Serialize;

use crate::health::optional_millis;

/// The state of a circuit breaker.
///
/// It serializes as an object with `state` (`off`, `closed`, `open` or `half_open`) and, if it is open,
/// `retry_after_ms`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
#[non_exhaustive]
pub enum BreakerStatus {
    /// The circuit breaker is switched off.
    Off,
    /// Calls are sent, and their failures are counted.
    Closed,
    /// Calls fail at once.
    Open {
        /// The time until probes are sent; `None` if the breaker was forced open, which lasts until it is
        /// reset.
        #[serde(rename = "retry_after_ms", serialize_with = "optional_millis")]
        retry_after: Option<Duration>,
    },
    /// A few calls are sent as probes of the server.
    HalfOpen,
}

impl fmt::Display for BreakerStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off => f.write_str("off"),
            Self::Closed => f.write_str("closed"),
            Self::Open { retry_after: Some(time) } => {
                write!(f, "open, for {:.1} s more", time.as_secs_f64())
            }
            Self::Open { retry_after: None } => f.write_str("open, until it is reset"),
            Self::HalfOpen => f.write_str("half open"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_shown_in_words() {
        let open = |retry_after| BreakerStatus::Open { retry_after }.to_string();
        assert_eq!(open(Some(Duration::from_millis(1_250))), "open, for 1.2 s more");
        assert_eq!(open(None), "open, until it is reset");
        assert_eq!(BreakerStatus::Closed.to_string(), "closed");
    }
}
