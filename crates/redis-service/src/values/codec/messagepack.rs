use rmp_serde::{Deserializer, Serializer, decode::Error as Reason};
use serde::{Serialize, de::DeserializeSeed};

use super::{
    checked::{self, Format},
    form::{MAGIC, undecodable, unencodable},
    json,
};
use crate::error::Result;

const FORMAT: Format = Format { has_infinity: true, has_lengths: true };

/// The depth to which JSON is read as well. `rmp_serde` counts down to zero, and refuses that.
const DEPTH: usize = checked::MAX_DEPTH as usize + 1;

/// # Errors
///
/// `Serialization`, naming the type and never the value.
pub(super) fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>> {
    let mut bytes = vec![MAGIC, b'M'];
    // Human-readable, because serde takes the values that it buffers for untagged enums and the like for
    // that.
    let mut encoder = Serializer::new(&mut bytes).with_struct_map().with_human_readable();
    checked::write(FORMAT, value, &mut encoder).map_err(|reason| unencodable::<T>("MessagePack", reason))?;
    if is_integer(&bytes[2..]) {
        return json::encode(value);
    }
    Ok(bytes)
}

/// # Errors
///
/// `Deserialization`, naming the type, never the bytes.
pub(super) fn decode<'a, S: DeserializeSeed<'a>>(seed: S, bytes: &'a [u8]) -> Result<S::Value> {
    let mut decoder = Deserializer::new(bytes).with_human_readable();
    decoder.set_max_depth(DEPTH);
    match seed.deserialize(&mut decoder) {
        Ok(value) if decoder.get_ref().is_empty() => Ok(value),
        Ok(_) => Err(undecodable::<S::Value>("the MessagePack is followed by further bytes")),
        Err(Reason::InvalidMarkerRead(_) | Reason::InvalidDataRead(_)) => {
            Err(undecodable::<S::Value>("the MessagePack ends too early"))
        }
        Err(Reason::DepthLimitExceeded) => {
            Err(undecodable::<S::Value>("the MessagePack is nested more than 127 times"))
        }
        Err(_) => Err(undecodable::<S::Value>("the MessagePack does not fit the type")),
    }
}

/// Returns whether the value is an integer, by its first byte.
fn is_integer(value: &[u8]) -> bool {
    matches!(value.first(), Some(0x00..=0x7F | 0xCC..=0xCF | 0xD0..=0xD3 | 0xE0..))
}
