use std::any::type_name;

use redis::FromRedisValue;

use super::Reply;
use crate::error::Result;

/// Implements [`FromReply`](crate::protocol::FromReply) for types that implement `redis::FromRedisValue`.
///
/// ```
/// use redis::{FromRedisValue, ParsingError, Value};
///
/// struct Point(i64, i64);
///
/// impl FromRedisValue for Point {
///     fn from_redis_value(value: Value) -> Result<Self, ParsingError> {
///         let (x, y) = redis::from_redis_value(value)?;
///         Ok(Self(x, y))
///     }
/// }
///
/// redis_service::from_redis_value!(Point);
/// ```
///
/// The types must belong to the crate that calls the macro. What they are made of is converted by the `redis` crate,
/// which does not check integers. An error of theirs is `Deserialization` with outcome `Applied`; its text, which
/// quotes the reply, is dropped.
#[macro_export]
macro_rules! from_redis_value {
    ($($type:ty),+ $(,)?) => {$(
        impl $crate::protocol::FromReply for $type {
            fn from_reply(reply: $crate::protocol::Reply) -> $crate::error::Result<Self> {
                reply.into_redis_value()
            }
        }
    )+};
}

impl Reply {
    /// For [`from_redis_value!`](crate::from_redis_value) alone.
    #[doc(hidden)]
    pub fn into_redis_value<T: FromRedisValue>(self) -> Result<T> {
        let reply = Self::from_server(self.0)?;
        T::from_redis_value(reply.0).map_err(|_| Self::mismatch(type_name::<T>()))
    }
}
