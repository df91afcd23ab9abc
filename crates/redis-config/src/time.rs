use std::time::{Duration, SystemTime};

use jiff::{Timestamp, tz::TimeZone};

/// As programs read it: RFC 3339, in UTC.
pub(crate) fn stamp(time: SystemTime) -> String {
    Timestamp::try_from(time).map_or_else(|_| String::new(), |time| format!("{time:.3}"))
}

/// As people read it: in the zone of `TZ`, else of the system, with the offset: `2026-11-27 14:03:05 +01:00`. In UTC if
/// the zone cannot be found.
pub(crate) fn local(time: SystemTime) -> String {
    Timestamp::try_from(time).map_or_else(|_| String::new(), |time| in_zone(time, TimeZone::system()))
}

fn in_zone(time: Timestamp, zone: TimeZone) -> String {
    time.to_zoned(zone).strftime("%Y-%m-%d %H:%M:%S %:z").to_string()
}

/// How long that is, roughly.
pub(crate) fn roughly(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0 => format!("{} ms", duration.as_millis()),
        1..=119 => format!("{seconds} s"),
        120..=7199 => format!("{} min", seconds / 60),
        7200..=172_799 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// How long ago that was, by the server's clock and ours, which may be apart.
pub(crate) fn ago(time: SystemTime) -> String {
    match SystemTime::now().duration_since(time).unwrap_or_default() {
        age if age.as_secs() == 0 => "just now".to_owned(),
        age => format!("{} ago", roughly(age)),
    }
}

/// An argument such as `30s`, `500ms` or `2m`.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let duration: jiff::SignedDuration =
        text.parse().map_err(|_| "a duration is a number and a unit: 500ms, 30s, 2m".to_owned())?;
    let duration = Duration::try_from(duration).map_err(|_| "it must not be negative".to_owned())?;
    if duration.is_zero() { Err("it must not be zero".to_owned()) } else { Ok(duration) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read() {
        assert_eq!(parse("30s"), Ok(Duration::from_secs(30)));
        assert_eq!(parse("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(parse("2m"), Ok(Duration::from_secs(120)));
        for refused in ["", "30", "-1s", "0s", "soon"] {
            assert!(parse(refused).is_err(), "{refused}");
        }
    }

    #[test]
    fn durations_are_rounded() {
        let rounded = [0.004, 59.9, 119.0, 130.0, 7300.0, 180_000.0]
            .map(|seconds| roughly(Duration::from_secs_f64(seconds)));
        assert_eq!(rounded, ["4 ms", "59 s", "119 s", "2 min", "2 h", "2 days"]);
        assert_eq!(stamp(SystemTime::UNIX_EPOCH), "1970-01-01T00:00:00.000Z");
    }

    #[test]
    fn a_local_time_has_its_offset() {
        let zone = |text| TimeZone::posix(text).unwrap();
        let berlin = "CET-1CEST,M3.5.0,M10.5.0/3";
        for (time, zone, shown) in [
            ("2026-11-27T13:03:05Z", zone(berlin), "2026-11-27 14:03:05 +01:00"),
            ("2026-07-27T13:03:05Z", zone(berlin), "2026-07-27 15:03:05 +02:00"),
            ("2026-01-01T00:00:00Z", zone("XST3:30"), "2025-12-31 20:30:00 -03:30"),
            ("2026-11-27T13:03:05Z", TimeZone::UTC, "2026-11-27 13:03:05 +00:00"),
        ] {
            assert_eq!(in_zone(time.parse().unwrap(), zone), shown);
        }
    }
}
