//! Keys, expiries and typed values, and how they become bytes.

mod bulk;
mod codec;
mod counter;
mod expiry;
mod key;
mod namespace;
mod pattern;
mod score;
mod text;
mod value_policy;

pub use self::{
    bulk::FailedValue,
    codec::Codec,
    counter::{BoundedIncrement, Overflow},
    expiry::{Expiry, Ttl},
    key::{AsKey, Key},
    namespace::Namespace,
    pattern::Pattern,
    text::Text,
};

pub(crate) use self::{
    bulk::bytes_of,
    codec::{Encoding, decode_fields, encode_fields, to_json},
    counter::{BoundedStep, operation_key},
    expiry::{DefaultTtls, Expires},
    key::OwnedKey,
    score::{score, scores},
    value_policy::ValuePolicy,
};
