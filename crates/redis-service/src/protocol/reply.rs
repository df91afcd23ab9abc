use std::fmt;

use redis::{RedisError, Value};

use super::FromReply;
use crate::error::{Error, Result, Stage, classify};

/// What Redis answered to one command.
///
/// `Debug` shows the type of the reply, never what is in it.
pub struct Reply(pub(super) Value);

impl Reply {
    /// The reply, or the error that the server answered with.
    ///
    /// # Errors
    ///
    /// Whatever the server answered, classified.
    pub(crate) fn from_server(value: Value) -> Result<Self> {
        match value {
            Value::ServerError(error) => Err(classify(&RedisError::from(error), Stage::Sent)),
            Value::Attribute { data, .. } => Self::from_server(*data),
            value => Ok(Self(value)),
        }
    }

    /// A reply within another, without its attributes. It may be an error.
    pub(super) fn within(value: Value) -> Self {
        match value {
            Value::Attribute { data, .. } => Self::within(*data),
            value => Self(value),
        }
    }

    /// Whatever the reply can be converted into.
    ///
    /// # Errors
    ///
    /// `Deserialization`, or that of a reply within this one, always with outcome `Applied`.
    pub(crate) fn convert<T: FromReply>(self) -> Result<T> {
        T::from_reply(self).map_err(Error::of_conversion)
    }

    /// The reply that stands on the wire so: `+OK\r\n`, `:1\r\n`, `-OOM no\r\n`.
    #[cfg(test)]
    pub(crate) fn of(wire: &str) -> Result<Self> {
        Self::from_server(redis::parse_redis_value(wire.as_bytes()).unwrap())
    }

    /// No value.
    pub(crate) fn nil() -> Self {
        Self(Value::Nil)
    }

    /// Whether it is a list of replies.
    pub(crate) fn is_array(&self) -> bool {
        matches!(self.0, Value::Array(_))
    }

    /// Whether it is nil: there is nothing there.
    #[must_use]
    pub fn is_nil(&self) -> bool {
        matches!(self.0, Value::Nil)
    }

    /// # Errors
    ///
    /// `Protocol` if it is not an integer.
    pub fn into_integer(self) -> Result<i64> {
        match self.0 {
            Value::Int(integer) => Ok(integer),
            Value::Boolean(boolean) => Ok(i64::from(boolean)),
            other => Err(unexpected("an integer", other)),
        }
    }

    /// A count: how many keys were deleted, found and so on.
    ///
    /// # Errors
    ///
    /// `Protocol` if it is not an integer, or negative.
    pub fn into_count(self) -> Result<u64> {
        let integer = self.into_integer()?;
        u64::try_from(integer).map_err(|_| Error::unexpected_reply("a count", "a negative integer"))
    }

    /// # Errors
    ///
    /// `Protocol` if it is neither 0 nor another integer.
    pub fn into_bool(self) -> Result<bool> {
        self.into_integer().map(|integer| integer != 0)
    }

    /// A value, or `None` for nil.
    ///
    /// # Errors
    ///
    /// `Protocol` if it is neither text nor bytes nor nil.
    pub fn into_bytes(self) -> Result<Option<Vec<u8>>> {
        match self.0 {
            // The usual answer first.
            Value::BulkString(bytes) => Ok(Some(bytes)),
            Value::Nil => Ok(None),
            other => Self(other).into_text().map(Some).map_err(|other| unexpected("a value", other.0)),
        }
    }

    /// The bytes of text in any of its forms, or the reply if it is none.
    pub(super) fn into_text(self) -> Result<Vec<u8>, Self> {
        match self.0 {
            Value::BulkString(bytes) => Ok(bytes),
            Value::SimpleString(text) | Value::VerbatimString { text, .. } => Ok(text.into_bytes()),
            Value::Okay => Ok(b"OK".to_vec()),
            other => Err(Self(other)),
        }
    }

    /// `true` for `OK`, `false` for nil.
    ///
    /// # Errors
    ///
    /// `Protocol` if it is neither.
    pub fn into_done(self) -> Result<bool> {
        match self.0 {
            Value::Okay => Ok(true),
            Value::Nil => Ok(false),
            other => Err(unexpected("OK", other)),
        }
    }

    /// A floating-point number, which Redis writes as text; `None` for nil.
    ///
    /// # Errors
    ///
    /// `Protocol` if it is neither.
    pub fn into_float(self) -> Result<Option<f64>> {
        if let Value::Double(float) = self.0 {
            return Ok(Some(float));
        }
        let Some(text) = self.into_bytes()? else { return Ok(None) };
        let float = std::str::from_utf8(&text).ok().and_then(|text| text.parse().ok());
        float.map(Some).ok_or_else(|| Error::unexpected_reply("a number", "other text"))
    }

    /// An integer that Redis writes as text, as it does where a script hands it out.
    ///
    /// # Errors
    ///
    /// `Protocol` if it is none.
    pub fn into_written_integer(self) -> Result<i64> {
        let text = self.into_bytes()?.unwrap_or_default();
        let integer = std::str::from_utf8(&text).ok().and_then(|text| text.parse().ok());
        integer.ok_or_else(|| Error::unexpected_reply("an integer as text", "something else"))
    }

    /// An integer, or `None` for nil.
    ///
    /// # Errors
    ///
    /// `Protocol` if it is neither, or negative.
    pub fn into_rank(self) -> Result<Option<u64>> {
        if self.is_nil() { Ok(None) } else { self.into_count().map(Some) }
    }

    /// Values in order, none of them missing; none at all for nil.
    ///
    /// # Errors
    ///
    /// `Protocol` if it is not an array of values.
    pub fn into_values(self) -> Result<Vec<Vec<u8>>> {
        if self.is_nil() {
            return Ok(Vec::new());
        }
        self.into_array()?.into_iter().map(Self::into_value).collect()
    }

    /// Pairs: of a map, of an array of pairs, or of an array in which they follow each other.
    ///
    /// # Errors
    ///
    /// `Protocol` if it is none of these; the server's error, if it holds one.
    pub fn into_pairs(self) -> Result<Vec<(Self, Self)>> {
        let whole = |pair: (Value, Value)| Ok((Self::from_server(pair.0)?, Self::from_server(pair.1)?));
        let odd = || Error::unexpected_reply("pairs", "an odd number of values");
        match self.0 {
            Value::Map(pairs) => pairs.into_iter().map(whole).collect(),
            Value::Array(values) if values.iter().all(|value| matches!(value, Value::Array(_))) => {
                let pairs = values.into_iter().map(|pair| match pair {
                    Value::Array(pair) => <[Value; 2]>::try_from(pair).map_err(|_| odd()),
                    _ => Err(odd()),
                });
                pairs.map(|pair| pair.and_then(|[first, second]| whole((first, second)))).collect()
            }
            Value::Array(values) => {
                let mut values = values.into_iter();
                let mut pairs = Vec::with_capacity(values.len() / 2);
                while let Some(first) = values.next() {
                    pairs.push(whole((first, values.next().ok_or_else(odd)?))?);
                }
                Ok(pairs)
            }
            other => Err(unexpected("pairs", other)),
        }
    }

    /// A value that cannot be missing.
    ///
    /// # Errors
    ///
    /// `Protocol` if it is no value.
    pub fn into_value(self) -> Result<Vec<u8>> {
        self.into_bytes()?.ok_or_else(|| Error::unexpected_reply("a value", "nil"))
    }

    /// # Errors
    ///
    /// `Protocol` if it is not an array; the server's error, if it holds one.
    pub fn into_array(self) -> Result<Vec<Self>> {
        match self.0 {
            Value::Array(values) | Value::Set(values) => values.into_iter().map(Self::from_server).collect(),
            other => Err(unexpected("an array", other)),
        }
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reply({})", name_of(&self.0))
    }
}

pub(super) fn unexpected(expected: &'static str, got: Value) -> Error {
    match Reply::from_server(got) {
        Ok(got) => Error::unexpected_reply(expected, name_of(&got.0)),
        // A reply within another.
        Err(error) => error,
    }
}

fn name_of(value: &Value) -> &'static str {
    match value {
        Value::Nil => "nil",
        Value::Int(_) => "an integer",
        Value::BulkString(_) => "a bulk string",
        Value::Array(_) => "an array",
        Value::SimpleString(_) => "a simple string",
        Value::Okay => "OK",
        Value::Map(_) => "a map",
        Value::Set(_) => "a set",
        Value::Double(_) => "a double",
        Value::Boolean(_) => "a boolean",
        Value::VerbatimString { .. } => "a verbatim string",
        Value::Push { .. } => "a push message",
        Value::ServerError(_) => "an error",
        _ => "something else",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(wire: &str) -> Value {
        redis::parse_redis_value(wire.as_bytes()).unwrap()
    }

    #[test]
    fn replies_of_the_wrong_type_name_the_types_and_not_the_value() {
        let error = Reply(parse("$6\r\ncanary\r\n")).into_integer().unwrap_err();
        assert_eq!(
            error.to_string(),
            "expected an integer as the reply, got a bulk string (protocol, outcome unknown)"
        );
        assert!(Reply(parse(":-1\r\n")).into_count().is_err());
        assert!(Reply(parse(":1\r\n")).into_done().is_err());
        assert!(Reply(parse(":1\r\n")).into_array().is_err());
        assert!(Reply(parse("*0\r\n")).into_bytes().is_err());
        assert!(!format!("{:?}", Reply(parse("$6\r\ncanary\r\n"))).contains("canary"));
    }

    #[test]
    fn numbers_are_read_from_text_as_well() {
        for (wire, float) in
            [("$3\r\n0.5\r\n", 0.5), ("$4\r\n-inf\r\n", f64::NEG_INFINITY), (",2.5\r\n", 2.5)]
        {
            assert_eq!(Reply(parse(wire)).into_float().unwrap(), Some(float), "{wire:?}");
        }
        assert_eq!(Reply(parse("$-1\r\n")).into_float().unwrap(), None);
        assert!(Reply(parse("$3\r\nabc\r\n")).into_float().is_err());
        let most = Reply(parse("$19\r\n9223372036854775807\r\n"));
        assert_eq!(most.into_written_integer().unwrap(), i64::MAX);
        assert!(Reply(parse("$19\r\n9223372036854775808\r\n")).into_written_integer().is_err());
        assert_eq!(Reply(parse(":3\r\n")).into_rank().unwrap(), Some(3));
        assert_eq!(Reply(parse("*-1\r\n")).into_rank().unwrap(), None);
    }

    #[test]
    fn pairs_come_in_three_forms() {
        for wire in [
            "*4\r\n:1\r\n:2\r\n:3\r\n:4\r\n",
            "*2\r\n*2\r\n:1\r\n:2\r\n*2\r\n:3\r\n:4\r\n",
            "%2\r\n:1\r\n:2\r\n:3\r\n:4\r\n",
        ] {
            let pairs = Reply(parse(wire)).into_pairs().unwrap();
            let pairs: Vec<_> = pairs
                .into_iter()
                .map(|(a, b)| (a.into_integer().unwrap(), b.into_integer().unwrap()))
                .collect();
            assert_eq!(pairs, [(1, 2), (3, 4)], "{wire:?}");
        }
        for wire in ["*1\r\n:1\r\n", "*1\r\n*1\r\n:1\r\n", ":1\r\n"] {
            assert!(Reply(parse(wire)).into_pairs().is_err(), "{wire:?}");
        }
        assert!(Reply(parse("*0\r\n")).into_pairs().unwrap().is_empty());
    }
}
