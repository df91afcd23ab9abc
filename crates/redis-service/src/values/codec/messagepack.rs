use std::any::type_name;

use rmp_serde::{Deserializer, Serializer, decode::Error as Reason};
use serde::{Serialize, de::DeserializeSeed};

use super::{
    form::{MAGIC, undecodable},
    json,
};
use crate::error::{Error, ErrorKind, Result};

/// As deep as JSON is read.
const DEEPEST: usize = 128;

/// # Errors
///
/// `Serialization`, naming the type and never the value.
pub(super) fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>> {
    let mut bytes = vec![MAGIC, b'M'];
    // Human-readable: serde buffers what it reads for untagged enums and the like, and takes it for that then.
    let mut encoder = Serializer::new(&mut bytes).with_struct_map().with_human_readable();
    // The error's own text may quote the value.
    value.serialize(&mut encoder).map_err(|_| {
        let message = format!("{} cannot be encoded as MessagePack", type_name::<T>());
        Error::new(ErrorKind::Serialization, message)
    })?;
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
    decoder.set_max_depth(DEEPEST);
    match seed.deserialize(&mut decoder) {
        Ok(value) if decoder.get_ref().is_empty() => Ok(value),
        Ok(_) => Err(undecodable::<S::Value>("something follows the MessagePack")),
        Err(Reason::InvalidMarkerRead(_) | Reason::InvalidDataRead(_)) => {
            Err(undecodable::<S::Value>("the MessagePack ends too early"))
        }
        Err(_) => Err(undecodable::<S::Value>("the MessagePack does not fit the type")),
    }
}

/// Whether the value is an integer, by the byte that it begins with.
fn is_integer(value: &[u8]) -> bool {
    matches!(value.first(), Some(0x00..=0x7F | 0xCC..=0xCF | 0xD0..=0xD3 | 0xE0..))
}
