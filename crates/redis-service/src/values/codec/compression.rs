//! LZ4, after the size of the uncompressed bytes: 4 bytes, the least significant first.

use super::form::{MAGIC, undecodable};
use crate::error::Result;

/// LZ4 compresses at most by this factor.
const DENSEST: usize = 256;

/// Compresses `bytes` if there are at least `threshold` of them, it makes them fewer, and they are not an
/// integer.
pub(super) fn compress(bytes: Vec<u8>, threshold: usize) -> Vec<u8> {
    let Ok(size) = u32::try_from(bytes.len()) else { return bytes };
    if bytes.len() < threshold || is_integer(&bytes) {
        return bytes;
    }
    let mut compressed = vec![MAGIC, b'L'];
    compressed.extend_from_slice(&size.to_le_bytes());
    compressed.extend_from_slice(&lz4_flex::block::compress(&bytes));
    if compressed.len() < bytes.len() { compressed } else { bytes }
}

/// # Errors
///
/// `Deserialization` if the bytes were not compressed, or are more than `most` uncompressed: few bytes may
/// claim to be many, so that is detected before any memory is reserved.
pub(super) fn decompress<T>(bytes: &[u8], most: usize) -> Result<Vec<u8>> {
    let broken = || undecodable::<T>("the compressed form is broken");
    let (size, bytes) = bytes.split_first_chunk().ok_or_else(broken)?;
    let size = usize::try_from(u32::from_le_bytes(*size)).map_err(|_| broken())?;
    if size > most {
        return Err(undecodable::<T>(format_args!("it has {size} bytes decompressed, more than {most}")));
    }
    if size > bytes.len().saturating_mul(DENSEST) {
        return Err(broken());
    }
    let whole = lz4_flex::block::decompress(bytes, size).map_err(|_| broken())?;
    if whole.len() == size { Ok(whole) } else { Err(broken()) }
}

/// Returns whether the value is a decimal integer, which Redis can increment.
fn is_integer(json: &[u8]) -> bool {
    let digits = json.strip_prefix(b"-").unwrap_or(json);
    !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)
}
