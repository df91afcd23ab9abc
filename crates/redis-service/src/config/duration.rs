//! Durations as text: `500ms`, `2s`, `5m`.

use std::{fmt, time::Duration};

use serde::de::{Error, Visitor};

use super::text::Problem;

/// Largest first: a duration is shown in the largest unit that represents it exactly.
const UNITS: [(&str, u128); 7] = [
    ("d", 86_400_000_000_000),
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
];

const NOT_A_DURATION: Problem = "is not a duration: a whole number and a unit, such as 500ms, 2s or 5m";

/// Parses a whole number and its unit. A bare number is refused: half of its readers would take it for
/// seconds and the others for milliseconds.
pub(super) fn parse(text: &str) -> Result<Duration, Problem> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| NOT_A_DURATION)?;
    let (_, nanos) = UNITS.iter().find(|(name, _)| *name == unit.trim_start()).ok_or(NOT_A_DURATION)?;
    let total = u128::from(number) * nanos;
    let seconds = u64::try_from(total / 1_000_000_000).map_err(|_| "is too long")?;
    Ok(Duration::new(seconds, (total % 1_000_000_000) as u32))
}

/// Parses seconds, whole or fractional, as the variables that end in `_SECONDS` have always been written; or
/// a number and a unit.
pub(super) fn parse_seconds(text: &str) -> Result<Duration, Problem> {
    if !text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return parse(text);
    }
    let seconds: f64 = text.parse().map_err(|_| "is not a number of seconds")?;
    Duration::try_from_secs_f64(seconds).map_err(|_| "is too long")
}

/// Returns text that [`parse`] reads back as the same duration.
pub(super) fn show(duration: Duration) -> String {
    let nanos = duration.as_nanos();
    let fits = |(_, unit): &&(&str, u128)| nanos != 0 && nanos.is_multiple_of(*unit);
    UNITS.iter().find(fits).map_or_else(|| "0s".to_owned(), |(name, unit)| format!("{}{name}", nanos / unit))
}

/// For `#[serde(with)]`. Reads whole numbers as milliseconds.
pub(super) mod required {
    use super::*;
    use serde::{Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(duration: &Duration, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&show(*duration))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        from.deserialize_any(Text)
    }
}

/// For `#[serde(with)]`. `None` is `null`.
pub(super) mod optional {
    use super::*;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(duration: &Option<Duration>, to: S) -> Result<S::Ok, S::Error> {
        match duration {
            Some(duration) => super::required::serialize(duration, to),
            None => to.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
        #[derive(Deserialize)]
        struct Present(#[serde(with = "super::required")] Duration);
        Ok(Option::<Present>::deserialize(from)?.map(|Present(duration)| duration))
    }
}

struct Text;

impl Visitor<'_> for Text {
    type Value = Duration;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("whole milliseconds, or text such as \"500ms\", \"2s\" or \"5m\"")
    }

    fn visit_u64<E: Error>(self, millis: u64) -> Result<Duration, E> {
        Ok(Duration::from_millis(millis))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Duration, E> {
        parse(text).map_err(E::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_unit() {
        for (text, millis) in [("500ms", 500), ("2s", 2_000), ("5m", 300_000), ("1 h", 3_600_000), ("0s", 0)]
        {
            assert_eq!(parse(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        assert_eq!(parse("1d"), Ok(Duration::from_secs(86_400)));
        assert_eq!(parse("7us"), Ok(Duration::from_micros(7)));
    }

    #[test]
    fn a_bare_number_has_no_meaning_outside_of_numbers() {
        for text in ["", "5", "s", "-1s", "1.5s", "+1s", "5 minutes", "99999999999999999999s", "1S"] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert!(parse(&format!("{}d", u64::MAX)).is_err());
    }

    #[test]
    fn seconds_may_be_fractional_or_carry_a_unit() {
        assert_eq!(parse_seconds("0.25"), Ok(Duration::from_millis(250)));
        assert_eq!(parse_seconds("300"), Ok(Duration::from_secs(300)));
        assert_eq!(parse_seconds("300ms"), Ok(Duration::from_millis(300)));
        for text in ["", ".", "1.2.3", "-1", "1e3", "inf", "NaN", &"9".repeat(40)] {
            assert!(parse_seconds(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_reads_back(seconds in 0..u64::MAX / 86_400, nanos in 0..1_000_000_000_u32) {
            for duration in [Duration::new(seconds, 0), Duration::new(seconds % 1_000_000, nanos)] {
                prop_assert_eq!(parse(&show(duration)), Ok(duration));
            }
        }

        #[test]
        fn arbitrary_text_never_panics(text in ".{0,40}") {
            let _ = (parse(&text), parse_seconds(&text));
        }
    }
}
