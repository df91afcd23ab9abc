use std::time::Duration;

use super::NewGroup;
use crate::values::{AsKey, OwnedKey};

/// Shorter times would make a consumer ask again and again.
const SHORTEST: Duration = Duration::from_millis(10);

/// The most items that one consumer may have under way.
const MOST: u32 = 1_000;

/// How a consumer of a group reads.
///
/// ```
/// use std::time::Duration;
///
/// use redis_service::streams::{Consume, NewGroup};
///
/// let options = Consume::by("worker-1")
///     .create(NewGroup::from_beginning().with_stream())
///     .claim_after(Duration::from_secs(30))
///     .dead_letters("orders:failed", 5);
/// # let _ = options;
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Consume {
    pub(crate) consumer: String,
    pub(crate) new_group: Option<NewGroup>,
    pub(crate) at_most: u32,
    pub(crate) claim_after: Duration,
    pub(crate) heartbeat: Duration,
    pub(crate) dead_letters: Option<DeadLetters>,
}

/// Where items go that fail too often.
#[derive(Clone, Debug)]
pub(crate) struct DeadLetters {
    pub(crate) stream: OwnedKey,
    /// How often an item is delivered at most.
    pub(crate) deliveries: u64,
}

impl Consume {
    /// Reads as the consumer of this name, which must belong to one running process: at its start it takes all that a
    /// consumer of this name has not acknowledged.
    #[must_use]
    pub fn by(consumer: impl Into<String>) -> Self {
        Self {
            consumer: consumer.into(),
            new_group: None,
            at_most: 16,
            claim_after: Duration::from_secs(60),
            heartbeat: Duration::from_secs(5),
            dead_letters: None,
        }
    }

    /// Creates the group if there is none, at the start and whenever it is gone. Without this, a missing group is an
    /// error.
    #[must_use]
    pub fn create(self, group: NewGroup) -> Self {
        Self { new_group: Some(group), ..self }
    }

    /// Sets how many items may be under way: read, and not dropped yet. The consumer reads no more until one is
    /// dropped. Default: 16; from 1 to 1000.
    #[must_use]
    pub fn at_most(self, items: u32) -> Self {
        Self { at_most: items.clamp(1, MOST), ..self }
    }

    /// Sets for how long an item may be pending before this consumer delivers it again, whichever consumer had it. It
    /// must be longer than the handling of [all items under way](Self::at_most) takes: an item that takes longer is
    /// delivered to a second consumer meanwhile. Default: 60 s; at least 10 ms.
    #[must_use]
    pub fn claim_after(self, idle: Duration) -> Self {
        Self { claim_after: idle.max(SHORTEST), ..self }
    }

    /// Moves an item to the stream at `key`, with the reason, once it was delivered `deliveries` times and failed each
    /// time. In a cluster the two streams must be on one slot. Without this, an item is delivered without limit.
    #[must_use]
    #[doc(alias = "dead letter")]
    pub fn dead_letters(self, key: impl AsKey, deliveries: u64) -> Self {
        let letters = DeadLetters { stream: OwnedKey::of(&key), deliveries: deliveries.max(1) };
        Self { dead_letters: Some(letters), ..self }
    }

    /// Sets for how long one blocking read waits for new items. If its answer does not arrive within this time and the
    /// response timeout, the connection is replaced. Default: 5 s; at least 10 ms.
    #[must_use]
    pub fn heartbeat(self, time: Duration) -> Self {
        Self { heartbeat: time.max(SHORTEST), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_have_limits() {
        let least = Consume::by("c").at_most(0).claim_after(Duration::ZERO).heartbeat(Duration::ZERO);
        assert_eq!((least.at_most, least.claim_after, least.heartbeat), (1, SHORTEST, SHORTEST));
        assert_eq!(Consume::by("c").at_most(u32::MAX).at_most, MOST);
        assert_eq!(Consume::by("c").dead_letters("d", 0).dead_letters.unwrap().deliveries, 1);
    }
}
