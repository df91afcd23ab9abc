use std::{
    collections::{BTreeMap, HashMap},
    hash::{BuildHasher, Hash},
    iter,
};

use redis::Value;

use super::{FromReply, Reply, tuples::has_length};
use crate::error::Result;

/// A map: RESP3 has a type for it; RESP2 puts keys and values in turn, and some commands make arrays of pairs.
fn map<K: FromReply, V: FromReply, M: FromIterator<(K, V)> + Default>(reply: Reply) -> Result<M> {
    match reply.0 {
        Value::Nil => Ok(M::default()),
        Value::Map(pairs) => pairs.into_iter().map(pair).collect(),
        Value::Array(values) if values.iter().all(|value| has_length(value, 2)) => {
            values.into_iter().map(|value| FromReply::from_reply(Reply::within(value))).collect()
        }
        Value::Array(values) if values.len().is_multiple_of(2) => {
            let mut values = values.into_iter();
            iter::from_fn(|| Some((values.next()?, values.next()?))).map(pair).collect()
        }
        other => Err(Reply(other).mismatch_with::<M>()),
    }
}

fn pair<K: FromReply, V: FromReply>((key, value): (Value, Value)) -> Result<(K, V)> {
    Ok((K::from_reply(Reply::within(key))?, V::from_reply(Reply::within(value))?))
}

impl<K: FromReply + Eq + Hash, V: FromReply, S: BuildHasher + Default> FromReply for HashMap<K, V, S> {
    fn from_reply(reply: Reply) -> Result<Self> {
        map(reply)
    }
}

impl<K: FromReply + Ord, V: FromReply> FromReply for BTreeMap<K, V> {
    fn from_reply(reply: Reply) -> Result<Self> {
        map(reply)
    }
}
