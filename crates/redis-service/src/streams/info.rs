use std::collections::HashMap;

use super::StreamId;
use crate::{
    error::{Error, Result},
    protocol::Reply,
};

/// What a stream holds and has held.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StreamInfo {
    /// The number of items.
    pub len: u64,
    /// The id of the oldest item; `None` if there is no item.
    pub first: Option<StreamId>,
    /// The greatest id that the stream has had, also if that item is gone.
    pub last: StreamId,
    /// The greatest id of a deleted item; `None` if none was deleted, or the server does not say (before Redis 7).
    /// Trimming does not count.
    pub last_deleted: Option<StreamId>,
    /// How many items were ever added; `None` if the server does not say (before Redis 7).
    pub added: Option<u64>,
    /// The number of groups.
    pub groups: u64,
}

impl StreamInfo {
    pub(crate) fn from_reply(reply: Reply) -> Result<Self> {
        let mut named = Named::of(reply)?;
        Ok(Self {
            len: named.count("length")?,
            first: named.take("first-entry").map_or(Ok(None), first_id)?,
            last: StreamId::from_reply(named.required("last-generated-id")?)?,
            last_deleted: named
                .take("max-deleted-entry-id")
                .map(StreamId::from_reply)
                .transpose()?
                .filter(|id| *id > StreamId::MIN),
            added: named.take("entries-added").map(Reply::into_count).transpose()?,
            groups: named.count("groups")?,
        })
    }
}

fn first_id(entry: Reply) -> Result<Option<StreamId>> {
    if entry.is_nil() {
        return Ok(None);
    }
    entry.into_array()?.into_iter().next().map(StreamId::from_reply).transpose()
}

/// A reply of names and values.
pub(super) struct Named(HashMap<Vec<u8>, Reply>);

impl Named {
    pub(super) fn of(reply: Reply) -> Result<Self> {
        let pair = |(name, value): (Reply, Reply)| Ok((name.into_value()?, value));
        reply.into_pairs()?.into_iter().map(pair).collect::<Result<_>>().map(Self)
    }

    /// Reads a list of such replies.
    pub(super) fn list(reply: Reply) -> Result<Vec<Self>> {
        reply.into_array()?.into_iter().map(Self::of).collect()
    }

    pub(super) fn take(&mut self, name: &str) -> Option<Reply> {
        self.0.remove(name.as_bytes())
    }

    pub(super) fn required(&mut self, name: &str) -> Result<Reply> {
        self.take(name).ok_or_else(|| Error::unexpected_reply("a report with every field", "fewer fields"))
    }

    pub(super) fn count(&mut self, name: &str) -> Result<u64> {
        self.required(name)?.into_count()
    }
}
