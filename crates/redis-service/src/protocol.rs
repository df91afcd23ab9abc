//! Commands, scripts and pipelines, how their replies are read, and which hash slot their keys are in.

mod category;
mod command;
mod connection_needs;
mod decoder;
mod from_reply;
mod handshake;
mod key_words;
mod packed;
mod pipeline;
mod push;
mod reads;
mod replies;
mod reply;
mod script;
mod set;
pub(crate) mod slot;
mod words;

pub use self::{
    category::RetryCategory,
    command::Command,
    from_reply::FromReply,
    pipeline::Pipeline,
    reply::Reply,
    script::{Script, ScriptCall},
};
/// What can be an argument of a command: text, bytes, numbers, and lists of them.
pub use redis::ToRedisArgs;

pub(crate) use self::{
    connection_needs::ConnectionNeeds, decoder::Decoder, handshake::Handshake, packed::Packed, push::Push,
    replies::is_left_open, set::Condition,
};
