use std::str::{self, FromStr};

use redis::Value;

use super::{FromReply, Reply, lists};
use crate::error::Result;

/// An integer that fits.
fn integer<T: TryFrom<i64> + FromStr>(value: &Value) -> Option<T> {
    match value {
        Value::Int(integer) => T::try_from(*integer).ok(),
        Value::Boolean(boolean) => T::try_from(i64::from(*boolean)).ok(),
        // A cast would round and saturate; the text of a whole double is that of an integer. (-0 is 0.)
        Value::Double(double) => (double + 0.0).to_string().parse().ok(),
        other => text(other)?.parse().ok(),
    }
}

fn text(value: &Value) -> Option<&str> {
    match value {
        Value::BulkString(bytes) => str::from_utf8(bytes).ok(),
        Value::SimpleString(text) | Value::VerbatimString { text, .. } => Some(text),
        _ => None,
    }
}

macro_rules! integers {
    ($($type:ty),+) => {$(
        impl FromReply for $type {
            fn from_reply(reply: Reply) -> Result<Self> {
                integer(&reply.0).ok_or_else(|| reply.mismatch_with::<Self>())
            }
        }
    )+};
}

integers!(i8, i16, i32, i64, i128, isize, u16, u32, u64, u128, usize);

impl FromReply for u8 {
    fn from_reply(reply: Reply) -> Result<Self> {
        integer(&reply.0).ok_or_else(|| reply.mismatch_with::<Self>())
    }

    /// A list of bytes is text, as it is.
    fn list_from_reply(reply: Reply) -> Result<Vec<Self>> {
        match reply.0 {
            Value::BulkString(bytes) => Ok(bytes),
            other => Reply(other).into_text().or_else(lists::list),
        }
    }
}

/// Whether the text of a number is that of a finite one.
fn has_digits(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_digit())
}

macro_rules! floats {
    ($($type:ty),+) => {$(
        impl FromReply for $type {
            fn from_reply(reply: Reply) -> Result<Self> {
                let float = match &reply.0 {
                    Value::Double(double) => Some((*double as $type, double.is_infinite())),
                    Value::Int(integer) => Some((*integer as $type, false)),
                    other => text(other).and_then(|text| Some((text.parse::<$type>().ok()?, !has_digits(text)))),
                };
                match float {
                    // One that is too large for the type would be infinite.
                    Some((float, is_infinite)) if is_infinite || !float.is_infinite() => Ok(float),
                    _ => Err(reply.mismatch_with::<Self>()),
                }
            }
        }
    )+};
}

floats!(f32, f64);

impl FromReply for bool {
    fn from_reply(reply: Reply) -> Result<Self> {
        match &reply.0 {
            Value::Boolean(boolean) => Ok(*boolean),
            Value::Int(integer) => Ok(*integer != 0),
            // What a condition of SET comes to.
            Value::Okay => Ok(true),
            Value::Nil => Ok(false),
            other => match text(other) {
                Some("1") => Ok(true),
                Some("0") => Ok(false),
                _ => Err(reply.mismatch_with::<Self>()),
            },
        }
    }
}
