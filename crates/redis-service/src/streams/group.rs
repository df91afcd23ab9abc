use std::time::Duration;

use super::{StreamEntry, StreamId, info::Named};
use crate::{
    error::{Error, Result},
    protocol::Reply,
    values::Key,
};

/// A group to be created: where it begins to read, and whether the stream is created as well.
///
/// ```
/// use redis_service::streams::NewGroup;
///
/// let group = NewGroup::from_beginning().with_stream();
/// # let _ = group;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewGroup {
    /// `None` is the end of the stream.
    after: Option<StreamId>,
    pub(crate) makes_stream: bool,
}

impl NewGroup {
    /// A group that reads all items of the stream.
    #[must_use]
    pub fn from_beginning() -> Self {
        Self::after(StreamId::MIN)
    }

    /// A group that reads the items that are added from now on.
    #[must_use]
    pub fn from_end() -> Self {
        Self { after: None, makes_stream: false }
    }

    /// A group that reads the items after this id.
    #[must_use]
    pub fn after(id: StreamId) -> Self {
        Self { after: Some(id), makes_stream: false }
    }

    /// Creates the stream, empty, if there is none. Without this, a missing stream is an error.
    #[must_use]
    pub fn with_stream(self) -> Self {
        Self { makes_stream: true, ..self }
    }

    /// Returns the word that says where it begins.
    pub(crate) fn position(self) -> String {
        self.after.map_or_else(|| "$".to_owned(), |id| id.to_string())
    }
}

/// A group of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GroupInfo {
    /// The group's name.
    pub name: String,
    /// The number of its consumers.
    pub consumers: u64,
    /// How many items were delivered and not acknowledged.
    pub pending: u64,
    /// The id of the last item that was delivered.
    pub last_delivered: StreamId,
    /// How many items are still to be delivered; `None` if the server cannot tell.
    pub lag: Option<u64>,
}

impl GroupInfo {
    pub(crate) fn list(reply: Reply) -> Result<Vec<Self>> {
        let group = |mut named: Named| {
            Ok(Self {
                name: text(named.required("name")?.into_value()?),
                consumers: named.count("consumers")?,
                pending: named.count("pending")?,
                last_delivered: StreamId::from_reply(named.required("last-delivered-id")?)?,
                lag: named.take("lag").map_or(Ok(None), Reply::into_rank)?,
            })
        };
        Named::list(reply)?.into_iter().map(group).collect()
    }
}

/// A consumer of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConsumerInfo {
    /// The consumer's name.
    pub name: String,
    /// How many items it has not acknowledged.
    pub pending: u64,
    /// How long ago it last asked for items.
    pub idle: Duration,
}

impl ConsumerInfo {
    pub(crate) fn list(reply: Reply) -> Result<Vec<Self>> {
        let consumer = |mut named: Named| {
            Ok(Self {
                name: text(named.required("name")?.into_value()?),
                pending: named.count("pending")?,
                idle: Duration::from_millis(named.count("idle")?),
            })
        };
        Named::list(reply)?.into_iter().map(consumer).collect()
    }
}

/// The items that a group has delivered and that are not acknowledged, in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PendingSummary {
    /// How many there are.
    pub count: u64,
    /// The lowest and the greatest id; `None` if there are none.
    pub ids: Option<(StreamId, StreamId)>,
    /// How many each consumer has, of the consumers that have any.
    pub consumers: Vec<(String, u64)>,
}

impl PendingSummary {
    pub(crate) fn from_reply(reply: Reply) -> Result<Self> {
        let mut parts = reply.into_array()?.into_iter();
        let (Some(count), Some(first), Some(last), Some(consumers)) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(Error::unexpected_reply("a summary of four parts", "less"));
        };
        let ids = match (first.is_nil(), last.is_nil()) {
            (false, false) => Some((StreamId::from_reply(first)?, StreamId::from_reply(last)?)),
            _ => None,
        };
        let pairs = if consumers.is_nil() { Vec::new() } else { consumers.into_pairs()? };
        let consumer = |(name, count): (Reply, Reply)| {
            let count = u64::try_from(count.into_written_integer()?);
            let count = count.map_err(|_| Error::unexpected_reply("a count", "a negative integer"))?;
            Ok((text(name.into_value()?), count))
        };
        let consumers = pairs.into_iter().map(consumer).collect::<Result<_>>()?;
        Ok(Self { count: count.into_count()?, ids, consumers })
    }
}

/// An item that was delivered and not acknowledged.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PendingItem {
    /// The item's id.
    pub id: StreamId,
    /// The consumer that it was delivered to last.
    pub consumer: String,
    /// How long ago that was.
    pub idle: Duration,
    /// How often it was delivered.
    pub deliveries: u64,
}

impl PendingItem {
    pub(crate) fn list(reply: Reply) -> Result<Vec<Self>> {
        reply.into_array()?.into_iter().map(Self::from_reply).collect()
    }

    fn from_reply(reply: Reply) -> Result<Self> {
        let mut parts = reply.into_array()?.into_iter();
        let (Some(id), Some(consumer), Some(idle), Some(deliveries)) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(Error::unexpected_reply("a pending item of four parts", "less"));
        };
        Ok(Self {
            id: StreamId::from_reply(id)?,
            consumer: text(consumer.into_value()?),
            // The clock of the server may have been set back.
            idle: Duration::from_millis(idle.into_integer()?.try_into().unwrap_or(0)),
            deliveries: deliveries.into_count()?,
        })
    }
}

/// The items that a consumer has taken over from others.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Claimed<T> {
    /// The items.
    pub items: Vec<StreamEntry<T>>,
    /// The items that were deleted before they were acknowledged. They are no longer pending.
    pub deleted: Vec<StreamId>,
    /// Where to go on; `None` if every pending item was looked at.
    pub next: Option<StreamId>,
}

impl<T> Default for Claimed<T> {
    fn default() -> Self {
        Self { items: Vec::new(), deleted: Vec::new(), next: None }
    }
}

/// # Errors
///
/// `InvalidInput` if the name of a group or consumer is empty or too long.
pub(crate) fn check_name<'a>(of: &'static str, name: &'a str) -> Result<&'a str> {
    if name.is_empty() {
        return Err(Error::invalid_input(format!("the name of the {of} is empty")));
    }
    if name.len() > Key::MAX_BYTES {
        return Err(Error::invalid_input(format!(
            "the name of the {of} has more than {} bytes",
            Key::MAX_BYTES
        )));
    }
    Ok(name)
}

/// Returns a name as text.
pub(crate) fn text(name: Vec<u8>) -> String {
    String::from_utf8(name).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked() {
        assert!(check_name("group", "").is_err() && check_name("group", &"n".repeat(4097)).is_err());
        assert_eq!(check_name("group", "workers").unwrap(), "workers");
    }

    #[test]
    fn a_summary_of_nothing_is_empty() {
        let none =
            PendingSummary::from_reply(Reply::of("*4\r\n:0\r\n$-1\r\n$-1\r\n*-1\r\n").unwrap()).unwrap();
        assert_eq!(none, PendingSummary::default());
    }

    #[test]
    fn a_clock_that_was_set_back_is_no_error() {
        let wire = "*1\r\n*4\r\n$3\r\n1-1\r\n$1\r\nc\r\n:-5\r\n:1\r\n";
        let items = PendingItem::list(Reply::of(wire).unwrap()).unwrap();
        assert_eq!((items[0].idle, items[0].deliveries), (Duration::ZERO, 1));
    }
}
