use super::{Event, Gap, InvalidMessage, Invalidation, Message, RefusedChannel};
use crate::error::{Error, Result};

/// What was heard, before names are text and the payload is decoded.
#[derive(Debug)]
#[non_exhaustive]
pub enum RawEvent {
    /// A message.
    #[non_exhaustive]
    Message {
        /// The channel that it was published to.
        channel: Vec<u8>,
        /// The pattern that the channel matched, if it was heard through one.
        pattern: Option<Vec<u8>>,
        /// What was published.
        payload: Vec<u8>,
    },
    /// Tracked keys were written to, or are gone.
    Invalidated(Invalidation),
    /// Whether keys are tracked from now on.
    Tracking(Result<()>),
    /// A channel or pattern is not listened to.
    #[non_exhaustive]
    Refused {
        /// Its name.
        channel: Vec<u8>,
        /// What the server says.
        error: Error,
    },
    /// Messages may be missing here.
    Gap(Gap),
}

impl RawEvent {
    /// Whether it takes room that is bounded: there may be any number of these.
    pub(super) fn is_counted(&self) -> bool {
        matches!(self, Self::Message { .. } | Self::Invalidated(_) | Self::Refused { .. })
    }

    pub(crate) fn into_event<T>(self, decode: impl FnOnce(Vec<u8>) -> Result<T>) -> Event<T> {
        match self {
            Self::Gap(gap) => Event::Gap(gap),
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
