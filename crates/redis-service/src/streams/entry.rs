use std::fmt;

use super::{StreamId, text};
use crate::{
    error::{Error, ErrorKind, Outcome, Result},
    protocol::Reply,
};

/// The names and values of an item, as the stream stores them.
pub type Fields = Vec<(Vec<u8>, Vec<u8>)>;

/// An item of a stream, or the reason why it does not decode.
pub type StreamEntry<T> = Result<StreamItem<T>, InvalidItem>;

/// The field that holds the value of an item.
pub(crate) const VALUE_FIELD: &str = "v";

/// An item of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StreamItem<T> {
    /// The item's id.
    pub id: StreamId,
    /// The value.
    pub value: T,
    /// Why the item was moved to this stream, if it was.
    pub failure: Option<Failure>,
}

/// Why an item was moved from one stream to another.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure {
    /// The id that the item had in the stream it came from.
    pub id: StreamId,
    /// The group that could not handle it.
    pub group: String,
    /// How often it had been delivered.
    pub deliveries: u64,
    /// The reason, as the consumer stated it.
    pub reason: String,
}

/// An item of a stream that does not decode as the requested type, or that is gone.
#[derive(Clone)]
#[non_exhaustive]
pub struct InvalidItem {
    /// The item's id, with which it can be acknowledged, deleted or moved away.
    pub id: StreamId,
    /// What the stream stores; empty if the item was deleted before it was acknowledged.
    pub fields: Fields,
    /// Why the item was moved to this stream, if it was.
    pub failure: Option<Failure>,
    /// The reason, which names the item: kind `Deserialization`.
    pub error: Error,
}

impl fmt::Debug for InvalidItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, fields, failure, error } = self;
        f.debug_struct("InvalidItem")
            .field("id", id)
            .field("fields", &fields.len())
            .field("failure", failure)
            .field("error", error)
            .finish()
    }
}

impl fmt::Display for InvalidItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl std::error::Error for InvalidItem {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}

impl InvalidItem {
    /// Returns only the error, which names the item as well.
    #[must_use]
    pub fn into_error(self) -> Error {
        self.error
    }
}

/// An item before its value is decoded.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct RawItem {
    pub(crate) id: StreamId,
    /// `None` if the item was deleted.
    pub(crate) fields: Option<Fields>,
}

impl fmt::Debug for RawItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawItem").field("id", &self.id).finish_non_exhaustive()
    }
}

impl RawItem {
    /// Reads an id with its fields, or with nil. `None` for nil: the item was deleted, and nothing says which it was.
    pub(crate) fn from_reply(reply: Reply) -> Result<Option<Self>> {
        if reply.is_nil() {
            return Ok(None);
        }
        let mut parts = reply.into_array()?.into_iter();
        let (Some(id), Some(fields)) = (parts.next(), parts.next()) else {
            return Err(Error::unexpected_reply("an item with its fields", "less"));
        };
        let id = StreamId::from_reply(id)?;
        let fields = if fields.is_nil() { None } else { Some(field_list(fields)?) };
        Ok(Some(Self { id, fields }))
    }

    /// Reads a list of items; nil is an empty one.
    pub(crate) fn list(reply: Reply) -> Result<Vec<Self>> {
        if reply.is_nil() {
            return Ok(Vec::new());
        }
        reply.into_array()?.into_iter().filter_map(|item| Self::from_reply(item).transpose()).collect()
    }

    /// Reads the answer of `XREAD` for one stream.
    pub(crate) fn of_one_stream(reply: Reply) -> Result<Vec<Self>> {
        if reply.is_nil() {
            return Ok(Vec::new());
        }
        let mut streams = reply.into_pairs()?;
        streams.pop().map_or_else(|| Ok(Vec::new()), |(_, items)| Self::list(items))
    }
}

pub(crate) fn field_list(reply: Reply) -> Result<Fields> {
    let pair = |(name, value): (Reply, Reply)| Ok((name.into_value()?, value.into_value()?));
    reply.into_pairs()?.into_iter().map(pair).collect()
}

/// Decodes the value of an item. `refine` completes its error.
pub(crate) fn decoded<T>(
    item: RawItem,
    decode: impl FnOnce(&[u8]) -> Result<T>,
    refine: impl FnOnce(Error) -> Error,
) -> StreamEntry<T> {
    let RawItem { id, fields } = item;
    let is_deleted = fields.is_none();
    let fields = fields.unwrap_or_default();
    let failure = Failure::of(&fields);
    let value = match field(&fields, VALUE_FIELD) {
        Some(value) => decode(value),
        None if is_deleted => Err(undecodable("the item was deleted before it was acknowledged")),
        None => Err(undecodable("the item has no field \"v\"")),
    };
    match value {
        Ok(value) => Ok(StreamItem { id, value, failure }),
        Err(error) => Err(InvalidItem { id, fields, failure, error: refine(error.in_item(id)) }),
    }
}

fn undecodable(message: &'static str) -> Error {
    Error::new(ErrorKind::Deserialization, message).with_outcome(Outcome::Applied)
}

fn field<'a>(fields: &'a Fields, name: &str) -> Option<&'a [u8]> {
    fields.iter().find(|(field, _)| field == name.as_bytes()).map(|(_, value)| &value[..])
}

impl Failure {
    /// Reads the fields that the move adds to an item.
    fn of(fields: &Fields) -> Option<Self> {
        let written = |name| field(fields, name).and_then(|value| std::str::from_utf8(value).ok());
        Some(Self {
            id: written("failure:id")?.parse().ok()?,
            group: text(field(fields, "failure:group")?.to_vec()),
            deliveries: written("failure:deliveries")?.parse().ok()?,
            reason: text(field(fields, "failure:reason")?.to_vec()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(fields: &[(&str, &str)]) -> RawItem {
        let bytes = |text: &str| text.as_bytes().to_vec();
        let fields = fields.iter().map(|(name, value)| (bytes(name), bytes(value))).collect();
        RawItem { id: StreamId::new(1, 2), fields: Some(fields) }
    }

    fn read(item: RawItem) -> StreamEntry<usize> {
        decoded(item, |bytes| Ok(bytes.len()), |error| error.during("read"))
    }

    #[test]
    fn the_value_is_one_field_and_the_failure_is_four() {
        assert_eq!(read(item(&[("x", "canary"), ("v", "abc")])).unwrap().value, 3);
        let failed = [
            ("v", "abc"),
            ("failure:id", "7-1"),
            ("failure:group", "g"),
            ("failure:deliveries", "5"),
            ("failure:reason", "no"),
        ];
        let failure = read(item(&failed)).unwrap().failure.unwrap();
        assert_eq!((failure.id, failure.deliveries), (StreamId::new(7, 1), 5));
        assert_eq!((failure.group.as_str(), failure.reason.as_str()), ("g", "no"));
        assert!(read(item(&failed[..4])).unwrap().failure.is_none());
    }

    #[test]
    fn what_does_not_decode_keeps_its_fields_and_shows_none() {
        let invalid = read(item(&[("other", "canary")])).unwrap_err();
        assert_eq!((invalid.id, invalid.fields.len()), (StreamId::new(1, 2), 1));
        assert_eq!(invalid.error.kind(), ErrorKind::Deserialization);
        assert!(!format!("{invalid} {invalid:?}").contains("canary"));
        let deleted = read(RawItem { id: StreamId::MIN, fields: None }).unwrap_err();
        assert!(deleted.fields.is_empty() && deleted.to_string().contains("deleted"), "{deleted}");
    }

    #[test]
    fn items_come_in_the_forms_of_several_commands() {
        let list = "*2\r\n*2\r\n$3\r\n1-2\r\n*2\r\n$1\r\nv\r\n$3\r\nabc\r\n*2\r\n$3\r\n1-3\r\n*-1\r\n";
        let items = RawItem::list(Reply::of(list).unwrap()).unwrap();
        assert_eq!((items.len(), &items[0]), (2, &item(&[("v", "abc")])));
        assert_eq!(items[1].fields, None);
        let wrapped = format!("*1\r\n*2\r\n$1\r\ns\r\n{list}");
        assert_eq!(RawItem::of_one_stream(Reply::of(&wrapped).unwrap()).unwrap(), items);
        assert!(RawItem::of_one_stream(Reply::of("*-1\r\n").unwrap()).unwrap().is_empty());
        assert!(RawItem::list(Reply::of("*1\r\n*-1\r\n").unwrap()).unwrap().is_empty());
        for wrong in ["*1\r\n:1\r\n", "*1\r\n*1\r\n$3\r\n1-2\r\n", "*1\r\n*2\r\n$1\r\nx\r\n*0\r\n", ":1\r\n"]
        {
            assert!(RawItem::list(Reply::of(wrong).unwrap()).is_err(), "{wrong:?}");
        }
    }
}
