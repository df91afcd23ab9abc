use std::{
    fmt,
    io::{self, Read},
    mem,
};

use redis::{RedisError, Value};

/// Extracts replies from the bytes that a connection receives.
///
/// The decoder returns a reply once all of it has arrived; until then its bytes stay in the buffer, and are
/// searched once, however many reads they take. A large string is read straight into the buffer that is
/// returned, without a copy.
///
/// The common replies are decoded here. The others, errors among them, are left to the `redis` crate, whose
/// parser looks at every byte several times.
#[derive(Default)]
pub(crate) struct Decoder {
    /// The bytes that were read and not yet returned are from `taken` to `filled`.
    buffer: Vec<u8>,
    taken: usize,
    filled: usize,
    frame: Frame,
    large: Option<Large>,
}

/// The size of the first buffer, and the largest that is kept once it is empty.
const FIRST: usize = 16 * 1024;
const KEPT: usize = 64 * 1024;

impl Decoder {
    /// Reads once, or a few times within a large string. Returns the number of bytes, and 0 at the end.
    ///
    /// # Errors
    ///
    /// The reader's error. The bytes read before it stay.
    pub(crate) fn read_from(&mut self, reader: &mut impl Read) -> io::Result<usize> {
        if let Some(large) = &mut self.large {
            return large.read_from(reader);
        }
        let read = reader.read(self.room())?;
        self.filled += read;
        if self.filled == self.buffer.len() && self.filled < KEPT {
            // There is more to read at a time.
            self.buffer.resize(self.filled * 2, 0);
        }
        Ok(read)
    }

    /// Returns the next reply, if all of it has arrived.
    ///
    /// # Errors
    ///
    /// The bytes are not RESP: nothing that follows can be decoded.
    pub(crate) fn next(&mut self) -> Result<Option<Value>, RedisError> {
        if let Some(large) = self.large.take() {
            if large.missing() > 0 {
                self.large = Some(large);
                return Ok(None);
            }
            return large.finish().map(Some).map_err(|Malformed| malformed());
        }
        let bytes = &self.buffer[self.taken..self.filled];
        let length = match self.frame.look(bytes).map_err(|Malformed| malformed())? {
            ScanResult::All { length } => length,
            ScanResult::Part => return Ok(None),
            ScanResult::Large { begins, length } => {
                self.large = Some(Large::new(length, &bytes[begins..]));
                self.taken = self.filled;
                self.frame = Frame::default();
                return Ok(None);
            }
        };
        let frame = &bytes[..length];
        let value = decode_common(frame, &mut 0, 0).map_or_else(|| decode_by_redis_crate(frame), Ok)?;
        self.taken += length;
        self.frame = Frame::default();
        Ok(Some(value))
    }

    /// Returns whether every byte that was read has been returned.
    pub(crate) fn is_empty(&self) -> bool {
        self.taken == self.filled && self.large.is_none()
    }

    /// Returns where to read to; never empty.
    fn room(&mut self) -> &mut [u8] {
        if self.taken == self.filled {
            (self.taken, self.filled) = (0, 0);
            if self.buffer.len() > KEPT {
                self.buffer = Vec::new();
            }
        }
        if self.is_short() && self.taken > 0 {
            self.buffer.copy_within(self.taken..self.filled, 0);
            self.filled -= mem::take(&mut self.taken);
        }
        if self.is_short() {
            // Grows with the bytes that have arrived, never by an announced length.
            self.buffer.resize((self.buffer.len() * 2).max(FIRST), 0);
        }
        &mut self.buffer[self.filled..]
    }

    fn is_short(&self) -> bool {
        self.buffer.len() - self.filled < self.buffer.len() / 4 || self.buffer.is_empty()
    }
}

/// Decodes a whole reply by the `redis` crate.
///
/// The crate requires statuses and errors to be UTF-8. A server's error repeats what it received, cut
/// anywhere, and a script may return any bytes. The stream stays in step all the same, and values beside such
/// text are not changed.
fn decode_by_redis_crate(frame: &[u8]) -> Result<Value, RedisError> {
    redis::parse_redis_value(frame).or_else(|error| {
        if std::str::from_utf8(frame).is_ok() {
            Err(error)
        } else {
            redis::parse_redis_value(&readable(frame))
        }
    })
}

/// Returns the frame with `?` in place of bytes that are not UTF-8 in its statuses and errors.
fn readable(frame: &[u8]) -> Vec<u8> {
    let (mut readable, mut at) = (Vec::with_capacity(frame.len()), 0);
    while let Some((kind, line)) = line(frame, &mut at) {
        readable.push(kind);
        if matches!(kind, b'+' | b'-') {
            for chunk in line.utf8_chunks() {
                readable.extend_from_slice(chunk.valid().as_bytes());
                readable.extend(chunk.invalid().iter().map(|_| b'?'));
            }
        } else {
            readable.extend_from_slice(line);
        }
        readable.extend_from_slice(b"\r\n");
        if matches!(kind, b'$' | b'!' | b'=')
            && let Ok(Some(length)) = count(kind, line)
        {
            let string = frame.get(at..at + length + 2).unwrap_or_default();
            readable.extend_from_slice(string);
            at += string.len();
        }
    }
    readable
}

/// A large string that has arrived in part.
struct Large {
    length: usize,
    /// The part of the string, and of the end of its line, that has arrived.
    bytes: Vec<u8>,
}

/// The size from which a string is large.
const LARGE: usize = 32 * 1024;

/// The largest amount of memory that is reserved for an announced length.
const MAX_PROMISED: usize = 16 * 1024 * 1024;

/// The largest number of bytes per read.
const STEP: usize = 256 * 1024;

impl Large {
    fn new(length: usize, begun: &[u8]) -> Self {
        let mut bytes = Vec::with_capacity((length + 2).min(MAX_PROMISED));
        bytes.extend_from_slice(begun);
        Self { length, bytes }
    }

    fn missing(&self) -> usize {
        self.length + 2 - self.bytes.len()
    }

    fn read_from(&mut self, reader: &mut impl Read) -> io::Result<usize> {
        let before = self.bytes.len();
        let ended = reader.by_ref().take(self.missing().min(STEP) as u64).read_to_end(&mut self.bytes);
        match self.bytes.len() - before {
            0 => ended,
            // An error that prevents further reads will occur again.
            read => Ok(read),
        }
    }

    fn finish(mut self) -> Result<Value, Malformed> {
        if !self.bytes.ends_with(b"\r\n") {
            return Err(Malformed);
        }
        self.bytes.truncate(self.length);
        Ok(Value::BulkString(self.bytes))
    }
}

/// How far an unfinished reply has been searched.
struct Frame {
    /// The values that end before this offset are whole.
    looked: usize,
    /// The line after those values has no end before this offset.
    searched: usize,
    /// The number of values still missing, inner values included.
    open: usize,
}

/// How much of a reply has arrived.
enum ScanResult {
    All {
        length: usize,
    },
    Part,
    /// A part of a large string: its offset and its final length.
    Large {
        begins: usize,
        length: usize,
    },
}

/// The bytes are not RESP.
struct Malformed;

/// More bytes than any number takes, with half of the end of its line.
const MAX_NUMBER: usize = 24;

impl Default for Frame {
    fn default() -> Self {
        Self { looked: 0, searched: 0, open: 1 }
    }
}

impl Frame {
    fn look(&mut self, bytes: &[u8]) -> Result<ScanResult, Malformed> {
        while self.open > 0 {
            let Some(kind) = bytes.get(self.looked) else { return Ok(ScanResult::Part) };
            // Checked at once: garbage may have no end of line.
            let has_count = match kind {
                b'$' | b'!' | b'=' | b'*' | b'~' | b'>' | b'%' | b'|' => true,
                b'+' | b'-' | b':' | b'_' | b',' | b'#' | b'(' => false,
                _ => return Err(Malformed),
            };
            let has_number = has_count || *kind == b':';
            let begins = self.looked + 1;
            let from = begins.max(self.searched);
            let Some(ends) = end_of_line(bytes, from) else {
                if has_bare_end(&bytes[from..]) || (has_number && bytes.len() - begins > MAX_NUMBER) {
                    return Err(Malformed);
                }
                self.searched = bytes.len().saturating_sub(1).max(begins);
                return Ok(ScanResult::Part);
            };
            let line = &bytes[begins..ends];
            let is_too_long = has_number && line.len() >= MAX_NUMBER;
            // Two lines became one. A count is parsed below.
            let is_two = !has_count && line != b"OK" && line.contains(&b'\n');
            if is_too_long || is_two {
                return Err(Malformed);
            }
            let count = if has_count { count(*kind, line)? } else { None };
            let mut next = ends + 2;
            let inside = match (kind, count) {
                (b'$' | b'!' | b'=', Some(length)) => {
                    let string = next;
                    next += length + 2;
                    if next > bytes.len() {
                        let is_large = *kind == b'$' && self.looked == 0 && length >= LARGE;
                        return Ok(if is_large {
                            ScanResult::Large { begins: string, length }
                        } else {
                            ScanResult::Part
                        });
                    }
                    0
                }
                (b'*' | b'~' | b'>', Some(values)) => values,
                (b'%', Some(pairs)) => pairs * 2,
                // Attributes, and then the value that they belong to.
                (b'|', pairs) => pairs.unwrap_or(0) * 2 + 1,
                _ => 0,
            };
            self.looked = next;
            self.open = (self.open - 1).checked_add(inside).ok_or(Malformed)?;
        }
        Ok(ScanResult::All { length: self.looked })
    }
}

/// Finds the end of the line, at `from` or later. A carriage return occurs only in the end of a line.
fn end_of_line(bytes: &[u8], from: usize) -> Option<usize> {
    let end = from + bytes.get(from..)?.iter().position(|byte| *byte == b'\r')?;
    (*bytes.get(end + 1)? == b'\n').then_some(end)
}

/// Returns whether an unfinished line contains half of an end: no server sends that.
fn has_bare_end(line: &[u8]) -> bool {
    line.contains(&b'\n') || line.iter().position(|byte| *byte == b'\r').is_some_and(|at| at + 1 < line.len())
}

/// Reads the length or count in a line, for a reply of this kind; `None` for nil.
fn count(kind: u8, line: &[u8]) -> Result<Option<usize>, Malformed> {
    let most = if matches!(kind, b'$' | b'!' | b'=') { MAX_STRING } else { MAX_VALUES };
    match number(line).ok_or(Malformed)? {
        -1 => Ok(None),
        // Calculations with less do not overflow.
        count if count > most => Err(Malformed),
        count => usize::try_from(count).map(Some).map_err(|_| Malformed),
    }
}

/// The longest string that Redis stores: 512 MiB.
const MAX_STRING: i64 = 512 * 1024 * 1024;

/// Redis counts the members of its largest types with 32 bits.
const MAX_VALUES: i64 = if usize::BITS > 32 { u32::MAX as i64 } else { 1 << 28 };

fn number(line: &[u8]) -> Option<i64> {
    let is_short = (1..=18).contains(&line.len());
    if is_short && line.iter().all(u8::is_ascii_digit) {
        // Nearly all numbers, and none that overflows.
        return Some(line.iter().fold(0, |number, digit| number * 10 + i64::from(digit - b'0')));
    }
    std::str::from_utf8(line).ok()?.parse().ok()
}

/// Returns the line at `at` without its end: its first byte, and the rest.
fn line<'a>(bytes: &'a [u8], at: &mut usize) -> Option<(u8, &'a [u8])> {
    let kind = *bytes.get(*at)?;
    let begins = *at + 1;
    let ends = end_of_line(bytes, begins)?;
    *at = ends + 2;
    Some((kind, &bytes[begins..ends]))
}

/// The depth to which the `redis` crate follows lists in lists.
const MAX_DEPTH: usize = 100;

/// Decodes the value at `at`, if it is of a common type and valid.
fn decode_common(frame: &[u8], at: &mut usize, depth: usize) -> Option<Value> {
    let (kind, line) = line(frame, at)?;
    match kind {
        b'$' => {
            let Some(length) = count(kind, line).ok()? else { return Some(Value::Nil) };
            let bytes = frame.get(*at..*at + length)?;
            let end = frame.get(*at + length..*at + length + 2)?;
            *at += length + 2;
            (end == b"\r\n").then(|| Value::BulkString(bytes.to_vec()))
        }
        b'+' if line == b"OK" => Some(Value::Okay),
        b'+' => std::str::from_utf8(line).ok().map(|text| Value::SimpleString(text.to_owned())),
        b':' => number(line).map(Value::Int),
        b'*' if depth < MAX_DEPTH => {
            let Some(values) = count(kind, line).ok()? else { return Some(Value::Nil) };
            // Each value takes three bytes at least.
            let mut array = Vec::with_capacity(values.min(frame.len() / 3));
            for _ in 0..values {
                array.push(decode_common(frame, at, depth + 1)?);
            }
            Some(Value::Array(array))
        }
        _ => None,
    }
}

fn malformed() -> RedisError {
    (redis::ErrorKind::Parse, "not RESP").into()
}

impl fmt::Debug for Decoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decoder").field("unread", &(self.filled - self.taken)).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
