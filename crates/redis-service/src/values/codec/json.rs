use std::cell::Cell;

use serde::{Serialize, de::DeserializeSeed};
use serde_json::{
    error::Category,
    ser::{CompactFormatter, Formatter},
};

use super::{
    bare::Whole,
    checked::{self, Format},
    form::{Encoded, undecodable},
    located::{self, Cause, Trail},
    python_json::PythonFormatter,
};
use crate::error::{Error, Result};

const FORMAT: Format = Format { has_infinity: false, has_lengths: false, leaves_text: false };

/// What `serde_json` begins with: most values are small.
const ROOM: usize = 128;

/// # Errors
///
/// `Serialization`, naming the type and never the value.
pub(crate) fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>> {
    encode_as(FORMAT, CompactFormatter, value).map(Encoded::into_bytes)
}

/// As [`encode`], for a value that is stored: bare text is left as it is.
///
/// # Errors
///
/// As [`encode`].
pub(super) fn encode_stored<T: Serialize + ?Sized>(value: &T) -> Result<Encoded> {
    encode_as(STORED, CompactFormatter, value)
}

/// As [`encode_stored`], in the bytes that Python writes.
///
/// # Errors
///
/// As [`encode`].
pub(super) fn encode_for_python<T: Serialize + ?Sized>(value: &T) -> Result<Encoded> {
    encode_as(STORED, PythonFormatter, value)
}

const STORED: Format = Format { leaves_text: true, ..FORMAT };

fn encode_as<T: Serialize + ?Sized>(format: Format, style: impl Formatter, value: &T) -> Result<Encoded> {
    let mut bytes = Vec::with_capacity(ROOM);
    match checked::write(format, value, &mut serde_json::Serializer::with_formatter(&mut bytes, style)) {
        Ok(()) => Ok(Encoded::Form(bytes)),
        Err(stop) => Encoded::text::<T>(stop, "JSON"),
    }
}

/// Why JSON is not read that may be valid.
const TOO_DEEP: &str = "the JSON is nested more than 127 times";

const UNFIT: &str = "the JSON does not fit the type";

/// What to do about a value that other programs have written as text.
const BARE: &str = "; if it is bare text, read it as `Text`";

/// # Errors
///
/// `Deserialization`, naming the type and the position in the bytes, never the bytes.
pub(super) fn decode<'a, S: DeserializeSeed<'a>>(seed: S, bytes: &'a [u8]) -> Result<S::Value> {
    let text = utf8::<S::Value>(bytes)?;
    let (mut decoder, is_read) = (serde_json::Deserializer::from_str(text), Cell::new(false));
    let decoded = Whole { inner: seed, text, is_read: &is_read }.deserialize(&mut decoder);
    let decoded = decoded.and_then(|value| ended(value, &mut decoder, &is_read));
    decoded.map_err(|error| refused::<S::Value>(text, &error, &Trail::default()))
}

/// As [`decode`], in more time: the error also says where in the value the failure is.
///
/// # Errors
///
/// As [`decode`]. The place is named as [`located`] states.
pub(super) fn decode_located<'a, S: DeserializeSeed<'a>>(seed: S, bytes: &'a [u8]) -> Result<S::Value> {
    let text = utf8::<S::Value>(bytes)?;
    let (mut decoder, is_read) = (serde_json::Deserializer::from_str(text), Cell::new(false));
    let trail = Trail::default();
    let decoded = located::decode(Whole { inner: seed, text, is_read: &is_read }, &mut decoder, &trail);
    let decoded = decoded.and_then(|value| ended(value, &mut decoder, &is_read));
    decoded.map_err(|error| refused::<S::Value>(text, &error, &trail))
}

fn ended<T>(value: T, decoder: &mut Decoder<'_>, is_read: &Cell<bool>) -> serde_json::Result<T> {
    if !is_read.get() {
        decoder.end()?;
    }
    Ok(value)
}

type Decoder<'a> = serde_json::Deserializer<serde_json::de::StrRead<'a>>;

fn utf8<T>(bytes: &[u8]) -> Result<&str> {
    // Once for all: a check string by string takes longer, and leaves out the strings that the type ignores.
    str::from_utf8(bytes)
        .map_err(|error| undecodable::<T>(format_args!("not UTF-8 from byte {}", error.valid_up_to())))
}

#[cold]
fn refused<T>(text: &str, error: &serde_json::Error, trail: &Trail) -> Error {
    let is_bare = !text.trim_ascii_start().starts_with(['{', '[', '"']);
    let (reason, hint) = match error.classify() {
        // It has no category of its own.
        Category::Syntax if error.to_string().starts_with("recursion limit exceeded") => (TOO_DEEP, ""),
        Category::Syntax if is_bare => ("not valid JSON", BARE),
        Category::Syntax => ("not valid JSON", ""),
        Category::Eof if is_bare => ("the JSON ends too early", BARE),
        Category::Eof => ("the JSON ends too early", ""),
        // A word or a number, where other programs have text.
        _ if is_bare && error.to_string().contains("expected a string") => (UNFIT, BARE),
        Category::Data | Category::Io => (UNFIT, ""),
    };
    let mut reason = format!("{reason}{trail}");
    // Without a column, the whole value is of another type.
    if error.column() > 0 {
        reason.push_str(&format!(", line {} column {}", error.line(), error.column()));
    }
    match trail.cause().or_else(|| found(error)) {
        Some(cause) if error.is_data() => undecodable::<T>(format_args!("{reason}: {cause}{hint}")),
        _ => undecodable::<T>(format_args!("{reason}{hint}")),
    }
}

/// What `serde_json` has found itself in place of what the type wants. Its text goes on with the value.
fn found(error: &serde_json::Error) -> Option<Cause> {
    let text = error.to_string();
    let found = text.strip_prefix("invalid type: ")?;
    let kinds = [
        ("null", "null"),
        ("boolean", "a boolean"),
        ("integer", "an integer"),
        ("floating point", "a float"),
        ("string", "a string"),
        ("sequence", "an array"),
        ("map", "a map"),
    ];
    kinds.into_iter().find(|(theirs, _)| found.starts_with(theirs)).map(|(_, ours)| Cause::Found(ours))
}
