use serde::{Serialize, de::DeserializeSeed};
use serde_json::error::Category;

use super::{
    checked::{self, Format},
    form::{undecodable, unencodable},
};
use crate::error::Result;

const FORMAT: Format = Format { has_infinity: false, has_lengths: false };

/// What `serde_json` begins with: most values are small.
const ROOM: usize = 128;

/// # Errors
///
/// `Serialization`, naming the type and never the value.
pub(crate) fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(ROOM);
    checked::write(FORMAT, value, &mut serde_json::Serializer::new(&mut bytes))
        .map_err(|reason| unencodable::<T>("JSON", reason))?;
    Ok(bytes)
}

/// Why JSON is not read that may be valid.
const TOO_DEEP: &str = "the JSON is nested more than 127 times";

/// # Errors
///
/// `Deserialization`, naming the type and the position in the bytes, never the bytes.
pub(super) fn decode<'a, S: DeserializeSeed<'a>>(seed: S, bytes: &'a [u8]) -> Result<S::Value> {
    // Once for all: a check string by string takes longer, and leaves out the strings that the type ignores.
    let text = str::from_utf8(bytes).map_err(|error| {
        undecodable::<S::Value>(format_args!("not UTF-8 from byte {}", error.valid_up_to()))
    })?;
    let mut decoder = serde_json::Deserializer::from_str(text);
    let decoded = seed.deserialize(&mut decoder).and_then(|value| decoder.end().map(|()| value));
    decoded.map_err(|error| {
        let reason = match error.classify() {
            // It has no category of its own.
            Category::Syntax if error.to_string().starts_with("recursion limit exceeded") => TOO_DEEP,
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
