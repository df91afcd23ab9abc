mod lists;
mod maps;
mod numbers;
mod redis_value;
#[cfg(test)]
mod tests;
mod text;
mod tuples;

use std::{any::type_name, rc::Rc, sync::Arc};

use redis::{RedisError, Value};

use super::Reply;
use crate::error::{Error, ErrorKind, Outcome, Result, Stage, classify};

/// What a reply can be converted into.
///
/// | type | replies |
/// |---|---|
/// | integers | integers, whole doubles, booleans and text, if the number fits; never a number that wraps |
/// | `f32`, `f64` | doubles, integers and text, `inf` and `nan` included |
/// | `bool` | booleans, integers (0 is `false`), the text `0` or `1`, `OK` (`true`), nil (`false`) |
/// | `String` | text, if it is UTF-8; integers and doubles |
/// | `Vec<u8>` | text, as its bytes; arrays of integers that fit |
/// | `Option<T>` | nil, or a `T` |
/// | `Vec<T>`, `Box<[T]>`, `Arc<[T]>`, `[T; N]` | arrays and sets; a bulk string is a list of one; nil is empty |
/// | `Vec<(A, B)>` and longer tuples | arrays of arrays, arrays in which the elements follow each other, maps |
/// | tuples | arrays of that length |
/// | `HashSet<T>`, `BTreeSet<T>` | arrays and sets; nil is empty |
/// | `HashMap<K, V>`, `BTreeMap<K, V>` | maps, arrays of pairs, arrays of keys and values in turn; nil is empty |
/// | [`Result<T>`](Result) | within an array: an error of the server, or a `T` |
/// | [`Reply`] | whatever it is |
/// | `()` | anything that holds no error |
///
/// An error of the server within an array is the error of the whole, unless the type has a place for it:
/// `Vec<Result<T>>`.
///
/// A type that implements `redis::FromRedisValue` joins by [`from_redis_value!`](crate::from_redis_value). Others
/// are built of what [`Reply`] and the types above offer:
///
/// ```
/// use redis_service::{Result, protocol::{FromReply, Reply}};
///
/// /// How far a replica has come: `role`, `offset`, and its master's name, if it has one.
/// #[derive(Debug, PartialEq)]
/// struct Progress {
///     is_master: bool,
///     offset: u64,
///     master: Option<String>,
/// }
///
/// impl FromReply for Progress {
///     fn from_reply(reply: Reply) -> Result<Self> {
///         let (role, offset, master) = FromReply::from_reply(reply)?;
///         let is_master = match String::as_str(&role) {
///             "master" => true,
///             "slave" => false,
///             _ => return Err(Reply::mismatch("a role")),
///         };
///         Ok(Self { is_master, offset, master })
///     }
/// }
/// # #[cfg(feature = "blocking")]
/// # fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
/// # use redis_service::{RedisService, ServiceConfig};
/// # let server = redis_testkit::Server::start(redis_testkit::Options::default())?;
/// # let redis = RedisService::connect(ServiceConfig::from_url(&server.url())?)?;
///
/// let eval = redis.command("EVAL").arg("return {'slave', 42, false}").arg(0);
/// let progress: Progress = eval.run()?;
/// assert_eq!(progress, Progress { is_master: false, offset: 42, master: None });
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "blocking"))]
/// # fn main() {}
/// ```
pub trait FromReply: Sized {
    /// Converts the reply.
    ///
    /// # Errors
    ///
    /// [`Reply::mismatch`], or the error of whatever it is built of. The caller of the command gets it with kind
    /// `Deserialization` and outcome `Applied`; that of a reply within this one keeps its kind.
    fn from_reply(reply: Reply) -> Result<Self>;

    /// A list of them. Bytes and tuples have a form of their own there, and only the element's type can tell.
    #[doc(hidden)]
    fn list_from_reply(reply: Reply) -> Result<Vec<Self>> {
        lists::list(reply)
    }
}

impl Reply {
    /// The error of a [conversion](FromReply): the reply is not what the type needs. `expected` says what that is,
    /// with its article: `"a role"`.
    ///
    /// It is `Deserialization` with outcome `Applied`.
    #[must_use]
    pub fn mismatch(expected: &'static str) -> Error {
        Error::new(ErrorKind::Deserialization, format!("the reply does not convert into {expected}"))
            .with_outcome(Outcome::Applied)
    }

    /// Why the reply is no `T`: an error of the server within it, else its type or its size.
    fn mismatch_with<T>(self) -> Error {
        server_error(self.0).unwrap_or_else(|| Self::mismatch(type_name::<T>()))
    }
}

/// The first error within the value, or the error that it is.
fn server_error(value: Value) -> Option<Error> {
    match value {
        Value::ServerError(error) => Some(classify(&RedisError::from(error), Stage::Sent)),
        Value::Array(values) | Value::Set(values) => values.into_iter().find_map(server_error),
        Value::Map(pairs) => pairs.into_iter().flat_map(<[Value; 2]>::from).find_map(server_error),
        Value::Attribute { data, .. } => server_error(*data),
        _ => None,
    }
}

impl FromReply for () {
    fn from_reply(reply: Reply) -> Result<Self> {
        // Those of the commands in an EXEC, for one.
        server_error(reply.0).map_or(Ok(()), Err)
    }
}

impl FromReply for Reply {
    fn from_reply(reply: Reply) -> Result<Self> {
        Self::from_server(reply.0)
    }
}

impl<T: FromReply> FromReply for Option<T> {
    fn from_reply(reply: Reply) -> Result<Self> {
        if reply.is_nil() { Ok(None) } else { T::from_reply(reply).map(Some) }
    }
}

impl<T: FromReply> FromReply for Result<T> {
    fn from_reply(reply: Reply) -> Result<Self> {
        match Reply::from_server(reply.0) {
            Ok(reply) => T::from_reply(reply).map(Ok),
            Err(error) => Ok(Err(error)),
        }
    }
}

impl<T: FromReply> FromReply for Box<T> {
    fn from_reply(reply: Reply) -> Result<Self> {
        T::from_reply(reply).map(Self::new)
    }
}

impl<T: FromReply> FromReply for Arc<T> {
    fn from_reply(reply: Reply) -> Result<Self> {
        T::from_reply(reply).map(Self::new)
    }
}

impl<T: FromReply> FromReply for Rc<T> {
    fn from_reply(reply: Reply) -> Result<Self> {
        T::from_reply(reply).map(Self::new)
    }
}
