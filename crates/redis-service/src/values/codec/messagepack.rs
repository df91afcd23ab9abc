use rmp_serde::{
    Deserializer, Serializer,
    config::{DefaultConfig, HumanReadableConfig},
    decode::{Error as Reason, ReadReader},
};
use serde::{Serialize, de::DeserializeSeed};

use super::{
    checked::{self, Format},
    form::{Encoded, MAGIC, undecodable},
    json,
    located::{self, Cause, Trail},
};
use crate::error::{Error, Result};

const FORMAT: Format = Format { has_infinity: true, has_lengths: true, leaves_text: true };

/// The depth to which JSON is read as well. `rmp_serde` counts down to zero, and refuses that.
const DEPTH: usize = checked::MAX_DEPTH as usize + 1;

/// # Errors
///
/// `Serialization`, naming the type and never the value.
pub(super) fn encode_stored<T: Serialize + ?Sized>(value: &T) -> Result<Encoded> {
    let mut bytes = vec![MAGIC, b'M'];
    // Human-readable, because serde takes the values that it buffers for untagged enums and the like for
    // that.
    let mut encoder = Serializer::new(&mut bytes).with_struct_map().with_human_readable();
    if let Err(stop) = checked::write(FORMAT, value, &mut encoder) {
        return Encoded::text::<T>(stop, "MessagePack");
    }
    if is_integer(&bytes[2..]) {
        return json::encode_stored(value);
    }
    Ok(Encoded::Form(bytes))
}

/// # Errors
///
/// `Deserialization`, naming the type, never the bytes.
pub(super) fn decode<'a, S: DeserializeSeed<'a>>(seed: S, bytes: &'a [u8]) -> Result<S::Value> {
    let mut decoder = decoder(bytes);
    match seed.deserialize(&mut decoder) {
        Ok(value) => ended(value, &decoder),
        Err(error) => Err(refused::<S::Value>(&error, &Trail::default())),
    }
}

/// As [`decode`], in more time: the error also says where in the value the failure is.
///
/// # Errors
///
/// As [`decode`]. The place is named as [`located`] states.
pub(super) fn decode_located<'a, S: DeserializeSeed<'a>>(seed: S, bytes: &'a [u8]) -> Result<S::Value> {
    let (mut decoder, trail) = (decoder(bytes), Trail::default());
    match located::decode(seed, &mut decoder, &trail) {
        Ok(value) => ended(value, &decoder),
        Err(error) => Err(refused::<S::Value>(&error, &trail)),
    }
}

type Decoder<'a> = Deserializer<ReadReader<&'a [u8]>, HumanReadableConfig<DefaultConfig>>;

fn decoder(bytes: &[u8]) -> Decoder<'_> {
    let mut decoder = Deserializer::new(bytes).with_human_readable();
    decoder.set_max_depth(DEPTH);
    decoder
}

fn ended<T>(value: T, decoder: &Decoder<'_>) -> Result<T> {
    if decoder.get_ref().is_empty() {
        return Ok(value);
    }
    Err(undecodable::<T>("the MessagePack is followed by further bytes"))
}

#[cold]
fn refused<T>(error: &Reason, trail: &Trail) -> Error {
    match error {
        Reason::InvalidMarkerRead(_) | Reason::InvalidDataRead(_) => {
            undecodable::<T>(format_args!("the MessagePack ends too early{trail}"))
        }
        Reason::DepthLimitExceeded => undecodable::<T>("the MessagePack is nested more than 127 times"),
        _ => {
            let reason = format!("the MessagePack does not fit the type{trail}");
            match trail.cause().or_else(|| found(error)) {
                Some(cause) => undecodable::<T>(format_args!("{reason}: {cause}")),
                None => undecodable::<T>(reason),
            }
        }
    }
}

/// What `rmp_serde` has found itself in place of what the type wants.
fn found(error: &Reason) -> Option<Cause> {
    let first = match error {
        Reason::TypeMismatch(marker) => marker.to_u8(),
        Reason::OutOfRange => return Some(Cause::Value),
        _ => return None,
    };
    let what = match first {
        0x80..=0x8F | 0xDE | 0xDF => "a map",
        0x90..=0x9F | 0xDC | 0xDD => "an array",
        0xA0..=0xBF | 0xD9..=0xDB => "a string",
        0xC0 => "null",
        0xC2 | 0xC3 => "a boolean",
        0xC4..=0xC6 => "bytes",
        0xCA | 0xCB => "a float",
        first if is_integer(&[first]) => "an integer",
        _ => return None,
    };
    Some(Cause::Found(what))
}

/// Returns whether the value is an integer, by its first byte.
fn is_integer(value: &[u8]) -> bool {
    matches!(value.first(), Some(0x00..=0x7F | 0xCC..=0xCF | 0xD0..=0xD3 | 0xE0..))
}
