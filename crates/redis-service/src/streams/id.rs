use std::{
    error::Error as StdError,
    fmt,
    ops::{Bound, RangeBounds},
    str::FromStr,
};

use crate::{
    error::{Error, Result},
    protocol::Reply,
};

/// The id of an item in a stream: a time in milliseconds since 1970 by the server's clock, and a number that
/// distinguishes the items of one millisecond. Ids grow with each item.
///
/// ```
/// use redis_service::streams::StreamId;
///
/// let id: StreamId = "1700000000000-2".parse()?;
/// assert_eq!((id.ms, id.seq), (1_700_000_000_000, 2));
/// assert_eq!(id.to_string(), "1700000000000-2");
/// assert!(StreamId::MIN < id && id.after() == Some(StreamId::new(1_700_000_000_000, 3)));
/// # Ok::<(), redis_service::streams::ParseStreamIdError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StreamId {
    /// Milliseconds since 1970.
    pub ms: u64,
    /// The number within the millisecond.
    pub seq: u64,
}

impl StreamId {
    /// The id before all items. No item has it.
    pub const MIN: Self = Self::new(0, 0);

    /// The greatest id.
    pub const MAX: Self = Self::new(u64::MAX, u64::MAX);

    /// An id of these two numbers.
    #[must_use]
    pub const fn new(ms: u64, seq: u64) -> Self {
        Self { ms, seq }
    }

    /// Returns the next id; `None` after the greatest.
    #[must_use]
    pub fn after(self) -> Option<Self> {
        match self.seq.checked_add(1) {
            Some(seq) => Some(Self { seq, ..self }),
            None => self.ms.checked_add(1).map(|ms| Self::new(ms, 0)),
        }
    }

    /// Returns the id directly before; `None` before the first.
    #[must_use]
    pub fn before(self) -> Option<Self> {
        match self.seq.checked_sub(1) {
            Some(seq) => Some(Self { seq, ..self }),
            None => self.ms.checked_sub(1).map(|ms| Self::new(ms, u64::MAX)),
        }
    }

    /// # Errors
    ///
    /// `Protocol` if the reply is not an id.
    pub(crate) fn from_reply(reply: Reply) -> Result<Self> {
        let text = reply.into_value()?;
        let id = std::str::from_utf8(&text).ok().and_then(|text| text.parse().ok());
        id.ok_or_else(|| Error::unexpected_reply("the id of an item", "other text"))
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.ms, self.seq)
    }
}

impl FromStr for StreamId {
    type Err = ParseStreamIdError;

    /// Reads `ms-seq`, or `ms` alone, whose number is 0.
    fn from_str(text: &str) -> Result<Self, ParseStreamIdError> {
        let (ms, seq) = text.split_once('-').unwrap_or((text, "0"));
        Ok(Self::new(number(ms)?, number(seq)?))
    }
}

/// Only digits: `parse` accepts a sign as well.
fn number(text: &str) -> Result<u64, ParseStreamIdError> {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(ParseStreamIdError(()));
    }
    text.parse().map_err(|_| ParseStreamIdError(()))
}

/// A text is not the id of an item in a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseStreamIdError(());

impl fmt::Display for ParseStreamIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the id of an item in a stream is two numbers: <milliseconds>-<number>")
    }
}

impl StdError for ParseStreamIdError {}

/// Returns the first and the last id of a range; `None` if it contains no id.
pub(crate) fn bounds(range: &impl RangeBounds<StreamId>) -> Option<(StreamId, StreamId)> {
    let first = match range.start_bound() {
        Bound::Included(first) => *first,
        Bound::Excluded(before) => before.after()?,
        Bound::Unbounded => StreamId::MIN,
    };
    let last = match range.end_bound() {
        Bound::Included(last) => *last,
        Bound::Excluded(after) => after.before()?,
        Bound::Unbounded => StreamId::MAX,
    };
    (first <= last).then_some((first, last))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_id_is_what_its_text_says(ms: u64, seq: u64) {
            let id = StreamId::new(ms, seq);
            prop_assert_eq!(id.to_string().parse(), Ok(id));
            prop_assert_eq!(id.after().and_then(StreamId::before), id.after().map(|_| id));
            prop_assert!(id.after().is_none_or(|after| after > id));
        }
    }

    #[test]
    fn other_text_is_no_id() {
        assert_eq!("7".parse(), Ok(StreamId::new(7, 0)));
        for text in ["", "-", "1-", "-1", "+1-1", "1-+1", "1-1-1", "*", "$", "18446744073709551616-0", " 1-1"]
        {
            assert!(text.parse::<StreamId>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn the_ends_have_nothing_beyond() {
        assert_eq!((StreamId::MIN.before(), StreamId::MAX.after()), (None, None));
        assert_eq!(StreamId::new(1, u64::MAX).after(), Some(StreamId::new(2, 0)));
        assert_eq!(StreamId::new(2, 0).before(), Some(StreamId::new(1, u64::MAX)));
    }

    #[test]
    fn a_range_has_a_first_and_a_last_id_or_is_empty() {
        let (a, b) = (StreamId::new(1, 0), StreamId::new(1, 5));
        assert_eq!(bounds(&(..)), Some((StreamId::MIN, StreamId::MAX)));
        assert_eq!(bounds(&(a..=b)), Some((a, b)));
        assert_eq!(bounds(&(a..b)), Some((a, StreamId::new(1, 4))));
        assert_eq!(
            bounds(&(Bound::Excluded(a), Bound::Unbounded)),
            Some((StreamId::new(1, 1), StreamId::MAX))
        );
        assert_eq!(bounds(&(Bound::Excluded(StreamId::MAX), Bound::Unbounded)), None);
        assert_eq!(bounds(&(..StreamId::MIN)), None);
        assert_eq!(bounds(&(b..=a)), None);
    }
}
