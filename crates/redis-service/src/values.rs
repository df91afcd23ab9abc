//! Keys, expiries and typed values, and how they become bytes.

mod block_time;
mod bulk;
mod codec;
mod counter;
mod expiry;
mod key;
mod list_end;
mod namespace;
mod pattern;
mod score;
mod text;
mod value_policy;

pub use self::{
    block_time::BlockTime,
    bulk::FailedValue,
    codec::Codec,
    counter::{BoundedIncrement, Overflow},
    expiry::{Expiry, Ttl},
    key::{AsKey, Key},
    list_end::ListEnd,
    namespace::Namespace,
    pattern::Pattern,
    text::Text,
};

pub(crate) use self::{
    block_time::block_seconds,
    bulk::bytes_of,
    codec::{Encoding, decode_fields, encode_fields, to_json},
    counter::{BoundedStep, operation_key},
    expiry::{DefaultTtls, Expires},
    key::OwnedKey,
    score::{score, scores},
    value_policy::ValuePolicy,
};
