//! LZ4, behind the size of what is in it: 4 bytes, the least significant first.

use super::form::{MAGIC, undecodable};
use crate::error::Result;

/// LZ4 makes nothing smaller than this many times.
const DENSEST: usize = 256;

/// Compresses what has at least `threshold` bytes, if that makes it smaller and it is no integer.
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
/// `Deserialization` if it is nothing that was compressed, or larger than `most`: little may claim to be a lot, so
/// that is found out before any memory is taken.
pub(super) fn decompress<T>(bytes: &[u8], most: usize) -> Result<Vec<u8>> {
    let broken = || undecodable::<T>("the compressed form is broken");
    let (size, bytes) = bytes.split_first_chunk().ok_or_else(broken)?;
    let size = usize::try_from(u32::from_le_bytes(*size)).map_err(|_| broken())?;
    if size > most {
        let reason = format_args!("it has {size} bytes decompressed, more than {most}");
        return Err(undecodable::<T>(reason));
    }
    if size > bytes.len().saturating_mul(DENSEST) {
        return Err(broken());
    }
    let whole = lz4_flex::block::decompress(bytes, size).map_err(|_| broken())?;
    if whole.len() == size { Ok(whole) } else { Err(broken()) }
}

/// Whether it is an integer in decimal, which Redis can count with.
fn is_integer(json: &[u8]) -> bool {
    let digits = json.strip_prefix(b"-").unwrap_or(json);
    !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)
}
