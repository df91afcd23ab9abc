use super::ReplyReader;
use crate::{
    error::{Result, StoreError},
    read::Entry,
    version::Version,
};

/// A record of the log.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) revision: u64,
    pub(crate) key: String,
    pub(crate) entry: Entry,
    /// The head of the namespace after this record.
    pub(crate) head: String,
    /// How many records the commit has.
    pub(crate) size: u64,
}

impl Record {
    pub(super) fn read(reply: &mut ReplyReader) -> Result<Self> {
        let id = reply.text("the id of a record")?;
        let revision = id.split('-').next().and_then(|revision| revision.parse().ok());
        let revision = revision.ok_or_else(|| StoreError::unexpected_reply("the id of a record"))?;
        let key = reply.text("a key")?;
        let number = reply.number("a version")?;
        let is_live = reply.text("the kind of a change")? == "put";
        let digest = reply.digest("a digest")?;
        let author = reply.text("an author")?;
        let message = reply.text("a message")?;
        let time = reply.number("a time")?;
        reply.bytes("an operation")?;
        let head = reply.text("a head")?;
        let size = reply.number("the size of a commit")?;
        let restores = reply.number("a restored version")?;
        let value = reply.bytes("a value")?;
        let version = Version { number, revision, digest };
        let entry = Entry { version, is_live, time, restores, author, message, value };
        Ok(Self { revision, key, entry, head, size })
    }
}
