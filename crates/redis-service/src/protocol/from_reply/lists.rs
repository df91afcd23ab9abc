use std::{
    any::type_name,
    collections::{BTreeSet, HashSet},
    hash::{BuildHasher, Hash},
    sync::Arc,
};

use redis::Value;

use super::{FromReply, Reply};
use crate::error::Result;

/// A list in the form that most types have.
pub(super) fn list<T: FromReply>(reply: Reply) -> Result<Vec<T>> {
    match reply.0 {
        Value::Map(pairs) => {
            pairs.into_iter().map(|pair| T::from_reply(Reply(Value::Map(vec![pair])))).collect()
        }
        text @ Value::BulkString(_) => T::from_reply(Reply(text)).map(|element| vec![element]),
        other => elements(Reply(other)),
    }
}

/// The elements of an array or a set; none for nil.
fn elements<T: FromReply, C: FromIterator<T> + Default>(reply: Reply) -> Result<C> {
    match reply.0 {
        Value::Array(values) | Value::Set(values) => {
            values.into_iter().map(|value| T::from_reply(Reply::within(value))).collect()
        }
        Value::Nil => Ok(C::default()),
        other => Err(Reply(other).mismatch_with::<C>()),
    }
}

impl<T: FromReply> FromReply for Vec<T> {
    fn from_reply(reply: Reply) -> Result<Self> {
        T::list_from_reply(reply)
    }
}

impl<T: FromReply> FromReply for Box<[T]> {
    fn from_reply(reply: Reply) -> Result<Self> {
        T::list_from_reply(reply).map(Into::into)
    }
}

impl<T: FromReply> FromReply for Arc<[T]> {
    fn from_reply(reply: Reply) -> Result<Self> {
        T::list_from_reply(reply).map(Into::into)
    }
}

impl<T: FromReply, const N: usize> FromReply for [T; N] {
    fn from_reply(reply: Reply) -> Result<Self> {
        let list = T::list_from_reply(reply)?;
        list.try_into().map_err(|_| Reply::mismatch(type_name::<Self>()))
    }
}

impl<T: FromReply + Eq + Hash, S: BuildHasher + Default> FromReply for HashSet<T, S> {
    fn from_reply(reply: Reply) -> Result<Self> {
        elements(reply)
    }
}

impl<T: FromReply + Ord> FromReply for BTreeSet<T> {
    fn from_reply(reply: Reply) -> Result<Self> {
        elements(reply)
    }
}
