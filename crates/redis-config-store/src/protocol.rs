//! What is exchanged with Redis: the keys of a namespace, the scripts, and their replies.

mod history_reply;
mod namespace_keys;
mod record;
mod reply_reader;
mod script;
mod sync_reply;

pub(crate) use self::{
    history_reply::HistoryReply,
    namespace_keys::{LONGEST, NamespaceKeys},
    record::Record,
    reply_reader::{Summary, text_of},
    script::{COMMIT, HISTORY, SYNC},
    sync_reply::{CurrentValues, Damage, SnapshotReason, SyncReply},
};
pub use self::{namespace_keys::check_key, reply_reader::ReplyReader};
