use std::any::type_name;

use serde::{Serialize, de::DeserializeSeed};
use serde_json::error::Category;

use super::form::undecodable;
use crate::error::{Error, ErrorKind, Result};

/// # Errors
///
/// `Serialization`, naming the type and never the value.
pub(super) fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>> {
    // The error's own text may quote the value.
    serde_json::to_vec(value).map_err(|_| {
        Error::new(ErrorKind::Serialization, format!("{} cannot be encoded as JSON", type_name::<T>()))
    })
}

/// # Errors
///
/// `Deserialization`, naming the type and the place in the bytes, never the bytes.
pub(super) fn decode<'a, S: DeserializeSeed<'a>>(seed: S, bytes: &'a [u8]) -> Result<S::Value> {
    // Once for all: string by string takes longer, and leaves out those that the type ignores.
    let text = str::from_utf8(bytes).map_err(|error| {
        undecodable::<S::Value>(format_args!("not UTF-8 from byte {}", error.valid_up_to()))
    })?;
    let mut decoder = serde_json::Deserializer::from_str(text);
    let decoded = seed.deserialize(&mut decoder).and_then(|value| decoder.end().map(|()| value));
    decoded.map_err(|error| {
        let reason = match error.classify() {
            Category::Syntax => "not valid JSON",
            Category::Eof => "the JSON ends too early",
            Category::Data | Category::Io => "the JSON does not fit the type",
        };
        match (error.line(), error.column()) {
            // The whole value is of another type.
            (_, 0) => undecodable::<S::Value>(reason),
            (line, column) => undecodable::<S::Value>(format_args!("{reason}, line {line} column {column}")),
        }
    })
}
