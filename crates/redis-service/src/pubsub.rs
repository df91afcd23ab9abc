//! Subscriptions: the channels to subscribe to, and the events that arrive.

mod backlog;
mod raw_event;

use std::{fmt, time::Duration};

pub(crate) use self::backlog::EventBuffer;
pub use self::raw_event::RawEvent;
use crate::{
    error::{Error, ErrorKind, Result, Shown},
    protocol::{Command, RawPipeline},
};

/// A shorter silence would make the client send one PING after the other.
const SHORTEST_HEARTBEAT: Duration = Duration::from_millis(10);

/// The channels to subscribe to, and how many messages to buffer for a slow listener.
///
/// Channels are not keys: a namespace does not prefix them.
///
/// ```
/// use redis_service::pubsub::Subscribe;
///
/// let options = Subscribe::to(["news", "weather"]).pattern("alerts:*").buffer(100);
/// # let _ = options;
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct Subscribe {
    channels: Vec<Vec<u8>>,
    patterns: Vec<Vec<u8>>,
    tracked: Vec<Vec<u8>>,
    is_where_permitted: bool,
    is_patient: bool,
    pub(crate) buffer: usize,
    pub(crate) heartbeat: Duration,
}

impl fmt::Debug for Subscribe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscribe")
            .field("channels", &Shown::all(&self.channels))
            .field("patterns", &Shown::all(&self.patterns))
            .field("tracked", &Shown::all(&self.tracked))
            .field("is_where_permitted", &self.is_where_permitted)
            .field("buffer", &self.buffer)
            .field("heartbeat", &self.heartbeat)
            .finish()
    }
}

impl Subscribe {
    /// Subscribes to channels by their full names.
    #[must_use]
    pub fn to(channels: impl IntoIterator<Item = impl Into<Vec<u8>>>) -> Self {
        Self {
            channels: channels.into_iter().map(Into::into).collect(),
            patterns: Vec::new(),
            tracked: Vec::new(),
            is_where_permitted: false,
            is_patient: true,
            buffer: 1024,
            heartbeat: Duration::from_secs(10),
        }
    }

    /// Subscribes to the channels whose names match a glob.
    #[must_use]
    pub fn to_patterns(patterns: impl IntoIterator<Item = impl Into<Vec<u8>>>) -> Self {
        patterns.into_iter().fold(Self::to(Vec::<Vec<u8>>::new()), Self::pattern)
    }

    /// Adds the channels whose names match a glob.
    #[must_use]
    pub fn pattern(mut self, pattern: impl Into<Vec<u8>>) -> Self {
        self.patterns.push(pattern.into());
        self
    }

    /// Requests events for keys with this prefix that are written to or lost ([`Event::Invalidated`]), even
    /// where the server publishes no notifications. It uses the server's key tracking in broadcasting mode
    /// over RESP3, which needs version 6 and the user's permission. The first event says whether keys are
    /// tracked ([`Event::Tracking`]); the channels are subscribed to in either case.
    ///
    /// The prefix is that of the key as the server stores it, namespace included. Keys of other databases
    /// count as well. Each call adds a prefix.
    #[must_use]
    pub fn tracking(mut self, prefix: impl Into<Vec<u8>>) -> Self {
        self.tracked.push(prefix.into());
        self
    }

    /// Tracks [keys](Self::tracking) only, and subscribes to no channel.
    #[must_use]
    pub fn to_keys(prefix: impl Into<Vec<u8>>) -> Self {
        Self::to(Vec::<Vec<u8>>::new()).tracking(prefix)
    }

    /// Subscribes to the channels that the user has permission for, and reports the others
    /// ([`Event::Refused`]), at the beginning and after every reconnect. Without this option, one refused
    /// channel fails the whole subscription. If every channel is refused and no keys are tracked, it fails
    /// with this option too.
    #[must_use]
    pub fn where_permitted(self) -> Self {
        Self { is_where_permitted: true, ..self }
    }

    /// Makes it an error if Redis is [unavailable](Error::is_unavailable) at the beginning. Without this option, the
    /// subscription begins once Redis is back.
    #[must_use]
    pub fn fail_if_unavailable(self) -> Self {
        Self { is_patient: false, ..self }
    }

    /// Returns whether the subscription begins later if Redis is unavailable now.
    pub(crate) fn is_patient(&self) -> bool {
        self.is_patient
    }

    /// Sets how many messages are buffered for a slow listener. When there are more, the oldest are dropped,
    /// and [`Gap::Overflow`] reports how many. [`Event::Tracking`] and [`Event::Refused`] are never dropped:
    /// the latest is delivered before the gap. Default: 1024; at least 1.
    #[must_use]
    pub fn buffer(self, messages: usize) -> Self {
        Self { buffer: messages.max(1), ..self }
    }

    /// Sets how long the connection may be silent before the client sends a PING. If the answer does not
    /// arrive within the response timeout, the connection is replaced. Default: 10 s; at least 10 ms.
    #[must_use]
    pub fn heartbeat(self, silence: Duration) -> Self {
        Self { heartbeat: silence.max(SHORTEST_HEARTBEAT), ..self }
    }

    /// # Errors
    ///
    /// `InvalidInput` if there is nothing to subscribe to, or a name is empty.
    pub(crate) fn check(&self) -> Result<()> {
        if self.count() == 0 && self.tracked.is_empty() {
            return Err(Error::invalid_input("there is no channel to listen to"));
        }
        if self.channels.iter().chain(&self.patterns).any(Vec::is_empty) {
            return Err(Error::invalid_input("the name of a channel is empty"));
        }
        Ok(())
    }

    /// Returns the number of confirmations that the server sends.
    pub(crate) fn count(&self) -> usize {
        self.channels.len() + self.patterns.len()
    }

    /// Returns the commands that request the tracking of keys, if it is wanted.
    pub(crate) fn tracking_commands(&self) -> Option<RawPipeline> {
        if self.tracked.is_empty() {
            return None;
        }
        let track = Command::new("CLIENT TRACKING").arg("ON").arg("BCAST");
        let track =
            outermost(&self.tracked).into_iter().fold(track, |track, prefix| track.arg("PREFIX").arg(prefix));
        // Without credentials: a server that does not know HELLO repeats its arguments in the error.
        Some([Command::new("HELLO").arg(3), track].into_iter().collect())
    }

    /// Returns the commands that request the channels, in the order of [`name`](Self::name).
    pub(crate) fn commands(&self) -> RawPipeline {
        // The server refuses a command as a whole: where it may refuse single names, each name has a command
        // of its own.
        let most = if self.is_where_permitted { 1 } else { usize::MAX };
        [("SUBSCRIBE", &self.channels), ("PSUBSCRIBE", &self.patterns)]
            .into_iter()
            .flat_map(|(command, names)| names.chunks(most).map(move |names| (command, names)))
            .map(|(command, names)| {
                names.iter().fold(Command::new(command), |command, name| command.arg(&name[..]))
            })
            .collect()
    }

    /// Returns the channel or pattern that the answer after `confirmed` others is about.
    pub(crate) fn name(&self, confirmed: usize) -> Option<&[u8]> {
        self.channels.iter().chain(&self.patterns).nth(confirmed).map(Vec::as_slice)
    }

    /// Returns whether the subscription goes on without a channel that is refused with this error.
    pub(crate) fn tolerates(&self, error: &Error) -> bool {
        self.is_where_permitted && error.kind() == ErrorKind::Permission
    }
}

/// Returns the prefixes without those that begin with another of them: the server refuses prefixes that
/// overlap.
fn outermost(prefixes: &[Vec<u8>]) -> Vec<&[u8]> {
    let mut sorted: Vec<&[u8]> = prefixes.iter().map(Vec::as_slice).collect();
    // A prefix sorts directly before the names that begin with it.
    sorted.sort_unstable();
    let mut outermost: Vec<&[u8]> = Vec::with_capacity(sorted.len());
    for prefix in sorted {
        if outermost.last().is_none_or(|last| !prefix.starts_with(last)) {
            outermost.push(prefix);
        }
    }
    outermost
}

impl From<&str> for Subscribe {
    fn from(channel: &str) -> Self {
        Self::to([channel])
    }
}

impl<const N: usize> From<[&str; N]> for Subscribe {
    fn from(channels: [&str; N]) -> Self {
        Self::to(channels)
    }
}

impl From<&[&str]> for Subscribe {
    fn from(channels: &[&str]) -> Self {
        Self::to(channels.iter().copied())
    }
}

/// An event of a subscription.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event<T> {
    /// A message.
    Message(Message<T>),
    /// A message whose payload does not decode as `T`, or makes it panic. Later messages may decode.
    Invalid(InvalidMessage),
    /// Keys that are [tracked](Subscribe::tracking) were written to, or are gone.
    Invalidated(Invalidation),
    /// Whether keys are tracked from now on, if that was requested; if not, the reason. It is the first
    /// event, and comes again after every reconnect.
    Tracking(Result<()>),
    /// A channel or pattern that the server refuses, where that is [tolerated](Subscribe::where_permitted).
    /// It comes before all messages, and again after every reconnect.
    Refused(RefusedChannel),
    /// Messages may be missing here.
    Gap(Gap),
    /// The last event, if neither the subscription nor its service was closed: the listener is gone, because the
    /// runtime that the service was connected on has shut down, or because its thread panicked. The error's kind is
    /// `Closed`.
    Ended(Error),
}

impl<T> Event<T> {
    /// Returns the payload, if the event is a message.
    #[must_use]
    pub fn into_payload(self) -> Option<T> {
        match self {
            Self::Message(message) => Some(message.payload),
            _ => None,
        }
    }
}

/// A message that was published.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Message<T> {
    /// The channel that it was published to.
    pub channel: String,
    /// The pattern that the channel matched, if the subscription is by pattern.
    pub pattern: Option<String>,
    /// The published value.
    pub payload: T,
}

/// A message whose payload does not decode.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct InvalidMessage {
    /// The channel that it was published to.
    pub channel: String,
    /// The reason: kind `Deserialization`.
    pub error: Error,
}

/// A channel or pattern that the user has no permission for.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RefusedChannel {
    /// The name of the channel or pattern.
    pub channel: String,
    /// The server's error: kind `Permission`.
    pub error: Error,
}

/// The keys that are no longer as they were.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Invalidation {
    /// These keys, as the server stores them.
    Keys(Vec<Vec<u8>>),
    /// Any key: all were deleted or replaced.
    Everything,
}

impl fmt::Debug for Invalidation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Keys(keys) => f.debug_tuple("Keys").field(&Shown::all(keys)).finish(),
            Self::Everything => f.write_str("Everything"),
        }
    }
}

/// The reason why messages may be missing. Redis does not store messages for absent subscribers: read the
/// current state again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Gap {
    /// The connection was lost and restored.
    Reconnected,
    /// The listener was too slow, and the oldest messages were dropped.
    Overflow {
        /// The number of dropped messages.
        dropped: u64,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_and_patterns_are_two_commands() {
        let options = Subscribe::to(["a", "b"]).pattern("c*");
        let names: Vec<_> =
            options.commands().commands().iter().map(|command| command.words().count()).collect();
        assert_eq!((names, options.count()), (vec![3, 2], 3));
        assert_eq!(Subscribe::to_patterns(["c*"]).commands().commands().len(), 1);
    }

    #[test]
    fn where_one_may_be_refused_each_is_a_command() {
        let options = Subscribe::to(["a", "b"]).pattern("c*").where_permitted();
        assert_eq!((options.commands().commands().len(), options.count()), (3, 3));
        assert_eq!([0, 1, 2, 3].map(|n| options.name(n)), [Some(&b"a"[..]), Some(b"b"), Some(b"c*"), None]);
    }

    #[test]
    fn prefixes_that_overlap_are_one() {
        let prefixes = ["b:x:", "a:", "b:", "a:", "b", "c:1", "c:"].map(|prefix| prefix.as_bytes().to_vec());
        assert_eq!(outermost(&prefixes), [&b"a:"[..], b"b", b"c:"]);
        assert_eq!(outermost(&[b"x".to_vec(), Vec::new()]), [b""]);
        let tracking = prefixes.into_iter().fold(Subscribe::to(["a"]), Subscribe::tracking);
        let commands = tracking.tracking_commands().unwrap();
        // CLIENT, TRACKING, ON, BCAST, and two words for each prefix.
        assert_eq!(commands.commands()[1].words().count(), 4 + 2 * 3);
    }

    #[test]
    fn a_buffer_holds_something_and_a_heartbeat_takes_a_while() {
        let least = Subscribe::from("a").buffer(0).heartbeat(Duration::ZERO);
        assert_eq!((least.buffer, least.heartbeat), (1, Duration::from_millis(10)));
        let more = Subscribe::from("a").buffer(2).heartbeat(Duration::MAX);
        assert_eq!((more.buffer, more.heartbeat), (2, Duration::MAX));
    }

    #[test]
    fn nothing_to_listen_to_is_refused() {
        assert!(Subscribe::to(Vec::<String>::new()).check().is_err());
        assert!(Subscribe::to([""]).check().is_err());
        assert!(Subscribe::to(["a"]).pattern("").check().is_err());
        assert!(Subscribe::from("a").check().is_ok());
    }
}
