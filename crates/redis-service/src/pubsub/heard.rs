use super::{Event, Gap, InvalidMessage, Invalidation, Message};
use crate::Result;

/// What was heard, before the payload is decoded.
#[derive(Debug)]
pub(crate) enum Heard {
    Message { channel: Vec<u8>, pattern: Option<Vec<u8>>, payload: Vec<u8> },
    Invalidated(Invalidation),
    Tracking(Result<()>),
    Gap(Gap),
}

impl Heard {
    /// Whether it takes room that is bounded: there may be any number of these.
    pub(super) fn is_counted(&self) -> bool {
        matches!(self, Self::Message { .. } | Self::Invalidated(_))
    }

    pub(crate) fn into_event<T>(self, decode: impl FnOnce(Vec<u8>) -> Result<T>) -> Event<T> {
        match self {
            Self::Gap(gap) => Event::Gap(gap),
            Self::Invalidated(keys) => Event::Invalidated(keys),
            Self::Tracking(tracking) => Event::Tracking(tracking),
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
