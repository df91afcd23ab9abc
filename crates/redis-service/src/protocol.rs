//! Commands, scripts and pipelines, the conversion of their replies, and the hash slots of their keys.

mod category;
mod command;
mod connection_needs;
mod decoder;
mod from_reply;
mod handshake;
mod key_words;
mod nonce;
mod packed;
mod pipeline;
mod push;
mod reads;
mod replies;
mod reply;
mod reply_types;
mod script;
mod set;
pub(crate) mod slot;
mod words;

pub use self::{
    category::RetryCategory,
    command::Command,
    from_reply::FromReply,
    pipeline::RawPipeline,
    reply::Reply,
    script::{Script, ScriptCall},
};
/// The types that can be arguments of a command: text, bytes, numbers, and lists of them.
pub use redis::ToRedisArgs;

pub(crate) use self::{
    connection_needs::ConnectionNeeds,
    decoder::Decoder,
    handshake::Handshake,
    nonce::{Echo, Nonce},
    packed::Packed,
    push::Push,
    replies::is_left_open,
    reply_types::ReplyTypes,
    set::Condition,
};
