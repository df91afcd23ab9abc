use redis::Value;

use super::{FromReply, Reply, lists};
use crate::error::Result;

/// Whether it is a collection of so many elements.
pub(super) fn has_length(value: &Value, length: usize) -> bool {
    match value {
        Value::Array(values) | Value::Set(values) => values.len() == length,
        Value::Map(pairs) => pairs.len() * 2 == length,
        Value::Attribute { data, .. } => has_length(data, length),
        _ => false,
    }
}

/// The next element of those that were counted.
fn next<T: FromReply>(values: &mut impl Iterator<Item = Value>) -> Result<T> {
    T::from_reply(Reply::within(values.next().unwrap_or(Value::Nil)))
}

macro_rules! tuples {
    ($($name:ident)+) => {
        impl<$($name: FromReply),+> FromReply for ($($name,)+) {
            fn from_reply(reply: Reply) -> Result<Self> {
                const LENGTH: usize = [$(stringify!($name)),+].len();
                match reply.0 {
                    Value::Array(values) | Value::Set(values) if values.len() == LENGTH => {
                        let mut values = values.into_iter();
                        Ok(($(next::<$name>(&mut values)?,)+))
                    }
                    Value::Map(pairs) if pairs.len() * 2 == LENGTH => {
                        let mut values = pairs.into_iter().flat_map(<[Value; 2]>::from);
                        Ok(($(next::<$name>(&mut values)?,)+))
                    }
                    other => Err(Reply(other).mismatch_with::<Self>()),
                }
            }

            /// Each is an array of its own, or their elements follow each other in one.
            fn list_from_reply(reply: Reply) -> Result<Vec<Self>> {
                const LENGTH: usize = [$(stringify!($name)),+].len();
                match reply.0 {
                    Value::Array(values) | Value::Set(values)
                        if !values.iter().all(|value| has_length(value, LENGTH)) =>
                    {
                        if !values.len().is_multiple_of(LENGTH) {
                            return Err(Reply(Value::Array(values)).mismatch_with::<Vec<Self>>());
                        }
                        let mut tuples = Vec::with_capacity(values.len() / LENGTH);
                        let mut values = values.into_iter();
                        while values.len() > 0 {
                            tuples.push(($(next::<$name>(&mut values)?,)+));
                        }
                        Ok(tuples)
                    }
                    other => lists::list(Reply(other)),
                }
            }
        }
    };
}

tuples! { A }
tuples! { A B }
tuples! { A B C }
tuples! { A B C D }
tuples! { A B C D E }
tuples! { A B C D E F }
tuples! { A B C D E F G }
tuples! { A B C D E F G H }
tuples! { A B C D E F G H I }
tuples! { A B C D E F G H I J }
tuples! { A B C D E F G H I J K }
tuples! { A B C D E F G H I J K L }
