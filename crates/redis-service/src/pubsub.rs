//! What is said of subscriptions: what to listen to, and what is heard.

mod backlog;
mod raw_event;

use std::time::Duration;

pub(crate) use self::backlog::Backlog;
pub use self::raw_event::RawEvent;
use crate::{
    error::{Error, ErrorKind, Result},
    protocol::{Command, Pipeline},
};

/// What to listen to, and how much to keep for a listener that is slow.
///
/// Channels are not keys: a namespace does not prefix them.
///
/// ```
/// use redis_service::pubsub::Subscribe;
///
/// let options = Subscribe::to(["news", "weather"]).pattern("alerts:*").buffer(100);
/// # let _ = options;
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Subscribe {
    channels: Vec<Vec<u8>>,
    patterns: Vec<Vec<u8>>,
    tracked: Vec<Vec<u8>>,
    is_where_permitted: bool,
    pub(crate) buffer: usize,
    pub(crate) heartbeat: Duration,
}

impl Subscribe {
    /// Channels, by their whole names.
    #[must_use]
    pub fn to(channels: impl IntoIterator<Item = impl Into<Vec<u8>>>) -> Self {
        Self {
            channels: channels.into_iter().map(Into::into).collect(),
            patterns: Vec::new(),
            tracked: Vec::new(),
            is_where_permitted: false,
            buffer: 1024,
            heartbeat: Duration::from_secs(10),
        }
    }

    /// Channels whose names match a glob.
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

    /// Has the server say which keys that begin so are written to or lost ([`Event::Invalidated`]), also where
    /// it publishes nothing of the kind. Its tracking of keys, in broadcasting mode, over RESP3, is what does
    /// that: from version 6 on, for users who may. Whether it does is told first of all ([`Event::Tracking`]);
    /// channels are listened to in any case.
    ///
    /// Keys are whole here, as the server sees them: below the namespace, if there is one. A key of another
    /// database counts as well. Called again, it adds a prefix.
    #[must_use]
    pub fn tracking(mut self, prefix: impl Into<Vec<u8>>) -> Self {
        self.tracked.push(prefix.into());
        self
    }

    /// Only [keys](Self::tracking), and no channel.
    #[must_use]
    pub fn to_keys(prefix: impl Into<Vec<u8>>) -> Self {
        Self::to(Vec::<Vec<u8>>::new()).tracking(prefix)
    }

    /// Listens to those channels that the user may listen to, and tells which the others are
    /// ([`Event::Refused`]), when it begins and after every reconnect. Without this, one that is refused is reason to
    /// listen to none. It is an error all the same if nothing is left to listen to.
    #[must_use]
    pub fn where_permitted(self) -> Self {
        Self { is_where_permitted: true, ..self }
    }

    /// How many messages are kept for a listener that is slow. When there are more, the oldest are dropped,
    /// and the listener is told how many ([`Gap::Overflow`]). Default: 1024; at least 1.
    #[must_use]
    pub fn buffer(self, messages: usize) -> Self {
        Self { buffer: messages.max(1), ..self }
    }

    /// How long the connection may be silent before it is asked for a sign of life. If none comes within the
    /// response timeout, it is replaced. Default: 10 s.
    #[must_use]
    pub fn heartbeat(self, silence: Duration) -> Self {
        Self { heartbeat: silence, ..self }
    }

    /// # Errors
    ///
    /// `InvalidInput` if there is nothing to listen to, or a name is empty.
    pub(crate) fn check(&self) -> Result<()> {
        if self.count() == 0 && self.tracked.is_empty() {
            return Err(Error::invalid_input("there is no channel to listen to"));
        }
        if self.channels.iter().chain(&self.patterns).any(Vec::is_empty) {
            return Err(Error::invalid_input("the name of a channel is empty"));
        }
        Ok(())
    }

    /// How many confirmations the server sends.
    pub(crate) fn count(&self) -> usize {
        self.channels.len() + self.patterns.len()
    }

    /// What asks for keys to be tracked, if they are to be.
    pub(crate) fn tracking_commands(&self) -> Option<Pipeline> {
        if self.tracked.is_empty() {
            return None;
        }
        let track = Command::new("CLIENT TRACKING").arg("ON").arg("BCAST");
        let track =
            outermost(&self.tracked).into_iter().fold(track, |track, prefix| track.arg("PREFIX").arg(prefix));
        // Without credentials: whoever does not know HELLO answers with its arguments.
        Some([Command::new("HELLO").arg(3), track].into_iter().collect())
    }

    /// What asks for the channels, in the order of [`name`](Self::name).
    pub(crate) fn commands(&self) -> Pipeline {
        // The server refuses a command whole: where one name may be refused, each has its own.
        let most = if self.is_where_permitted { 1 } else { usize::MAX };
        [("SUBSCRIBE", &self.channels), ("PSUBSCRIBE", &self.patterns)]
            .into_iter()
            .flat_map(|(command, names)| names.chunks(most).map(move |names| (command, names)))
            .map(|(command, names)| {
                names.iter().fold(Command::new(command), |command, name| command.arg(&name[..]))
            })
            .collect()
    }

    /// The channel or pattern that is answered for after `settled` others.
    pub(crate) fn name(&self, settled: usize) -> Option<&[u8]> {
        self.channels.iter().chain(&self.patterns).nth(settled).map(Vec::as_slice)
    }

    /// Whether the others are listened to where one is refused for this.
    pub(crate) fn tolerates(&self, error: &Error) -> bool {
        self.is_where_permitted && error.kind() == ErrorKind::Permission
    }
}

/// The prefixes without those that begin with another of them: the server refuses prefixes that overlap.
fn outermost(prefixes: &[Vec<u8>]) -> Vec<&[u8]> {
    let mut sorted: Vec<&[u8]> = prefixes.iter().map(Vec::as_slice).collect();
    // What begins with a prefix comes right behind it.
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

/// What a subscription hears.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event<T> {
    /// A message.
    Message(Message<T>),
    /// A message whose payload is no `T`. The next may well be one.
    Invalid(InvalidMessage),
    /// Keys that are [tracked](Subscribe::tracking) were written to, or are gone.
    Invalidated(Invalidation),
    /// Whether keys are tracked from now on, if that was asked for; if not, why. Told first, and after every
    /// reconnect.
    Tracking(Result<()>),
    /// A channel or pattern that is not listened to, where that is [no reason](Subscribe::where_permitted) to listen to
    /// none. Told before what is heard, and again after every reconnect.
    Refused(RefusedChannel),
    /// Messages may be missing here.
    Gap(Gap),
}

impl<T> Event<T> {
    /// The payload, if it is a message.
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
    /// The pattern that the channel matched, if it was heard through one.
    pub pattern: Option<String>,
    /// What was published.
    pub payload: T,
}

/// A message whose payload does not decode.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct InvalidMessage {
    /// The channel that it was published to.
    pub channel: String,
    /// Why it does not decode: kind `Deserialization`.
    pub error: Error,
}

/// A channel or pattern that the user may not listen to.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RefusedChannel {
    /// Its name.
    pub channel: String,
    /// What the server says: kind `Permission`.
    pub error: Error,
}

/// What is no longer as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Invalidation {
    /// These keys, as the server sees them.
    Keys(Vec<Vec<u8>>),
    /// Any key: all were deleted, or replaced.
    Everything,
}

/// Why messages may be missing. Redis keeps none for those who do not listen: read again what they are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Gap {
    /// The connection was lost, and is there again.
    Reconnected,
    /// The listener was too slow, and the oldest messages were dropped.
    Overflow {
        /// How many.
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
    fn nothing_to_listen_to_is_refused() {
        assert!(Subscribe::to(Vec::<String>::new()).check().is_err());
        assert!(Subscribe::to([""]).check().is_err());
        assert!(Subscribe::to(["a"]).pattern("").check().is_err());
        assert!(Subscribe::from("a").check().is_ok());
    }
}
