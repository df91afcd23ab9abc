use super::{Event, Gap, InvalidMessage, Invalidation, Message, RefusedChannel};
use crate::error::{Error, Result};

/// An event before its names become text and its payload is decoded.
#[derive(Debug)]
#[non_exhaustive]
pub enum RawEvent {
    /// A message.
    #[non_exhaustive]
    Message {
        /// The channel that it was published to.
        channel: Vec<u8>,
        /// The pattern that the channel matched, if the subscription is by pattern.
        pattern: Option<Vec<u8>>,
        /// The published bytes.
        payload: Vec<u8>,
    },
    /// Tracked keys were written to, or are gone.
    Invalidated(Invalidation),
    /// Whether keys are tracked from now on.
    Tracking(Result<()>),
    /// The server refuses a channel or pattern.
    #[non_exhaustive]
    Refused {
        /// The name of the channel or pattern.
        channel: Vec<u8>,
        /// The server's error.
        error: Error,
    },
    /// Messages may be missing here.
    Gap(Gap),
    /// No event will follow.
    Ended(Error),
}

impl RawEvent {
    /// Returns whether the event takes bounded room: there may be any number of such events.
    pub(super) fn is_counted(&self) -> bool {
        matches!(self, Self::Message { .. } | Self::Invalidated(_))
    }

    /// Returns whether `earlier` need not be delivered any more once this event is.
    pub(super) fn replaces(&self, earlier: &Self) -> bool {
        match (self, earlier) {
            (Self::Tracking(_), Self::Tracking(_)) | (Self::Gap(_), Self::Gap(_)) => true,
            (Self::Refused { channel, .. }, Self::Refused { channel: same, .. }) => channel == same,
            _ => false,
        }
    }

    pub(crate) fn into_event<T>(self, decode: impl FnOnce(Vec<u8>) -> Result<T>) -> Event<T> {
        match self {
            Self::Gap(gap) => Event::Gap(gap),
            Self::Ended(error) => Event::Ended(error),
            Self::Invalidated(keys) => Event::Invalidated(keys),
            Self::Tracking(tracking) => Event::Tracking(tracking),
            Self::Refused { channel, error } => {
                Event::Refused(RefusedChannel { channel: text(channel), error })
            }
            Self::Message { channel, pattern, payload } => {
                let channel = text(channel);
                match decode(payload) {
                    Ok(payload) => Event::Message(Message { channel, pattern: pattern.map(text), payload }),
                    Err(error) => {
                        let error = error.during("subscribe").on_key(&channel);
                        Event::Invalid(InvalidMessage { channel, error })
                    }
                }
            }
        }
    }
}

fn text(name: Vec<u8>) -> String {
    String::from_utf8(name).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}
