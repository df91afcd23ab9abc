use std::time::{Duration, SystemTime};

use jiff::{Timestamp, tz::TimeZone};

/// As programs read it: RFC 3339, in UTC.
pub(crate) fn stamp(time: SystemTime) -> String {
    Timestamp::try_from(time).map_or_else(|_| String::new(), |time| format!("{time:.3}"))
}

/// As people read it: by the clock on the wall.
pub(crate) fn date(time: SystemTime) -> String {
    on_the_wall(time, "%Y-%m-%d %H:%M:%S")
}

pub(crate) fn clock(time: SystemTime) -> String {
    on_the_wall(time, "%H:%M:%S")
}

fn on_the_wall(time: SystemTime, format: &str) -> String {
    let time = Timestamp::try_from(time);
    time.map_or_else(|_| String::new(), |time| time.to_zoned(TimeZone::system()).strftime(format).to_string())
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
}
