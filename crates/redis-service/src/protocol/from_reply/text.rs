use std::ffi::CString;

use redis::Value;

use super::{FromReply, Reply};
use crate::error::Result;

impl FromReply for String {
    fn from_reply(reply: Reply) -> Result<Self> {
        match reply.0 {
            Value::BulkString(bytes) => {
                Self::from_utf8(bytes).map_err(|_| Reply::mismatch("text: it is not UTF-8"))
            }
            Value::SimpleString(text) | Value::VerbatimString { text, .. } => Ok(text),
            Value::Okay => Ok("OK".to_owned()),
            Value::Int(integer) => Ok(integer.to_string()),
            Value::Double(double) => Ok(double.to_string()),
            other => Err(Reply(other).mismatch_with::<Self>()),
        }
    }
}

impl FromReply for CString {
    fn from_reply(reply: Reply) -> Result<Self> {
        let bytes = reply.into_text().map_err(Reply::mismatch_with::<Self>)?;
        Self::new(bytes).map_err(|_| Reply::mismatch("a C string: it has a zero byte"))
    }
}
