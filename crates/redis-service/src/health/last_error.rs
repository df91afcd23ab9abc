use std::{
    fmt,
    time::{Duration, SystemTime},
};

use serde::{Serialize, Serializer, ser::SerializeStruct};

use crate::error::{Error, Outcome};

/// The last failure to reach a server or to get its answer.
///
/// It serializes as the error's `kind`, `outcome`, `message` and `server`, with the times `at_ms` and `ended_ms`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LastError {
    /// What failed.
    pub error: Error,
    /// When it failed.
    pub at: SystemTime,
    /// When a call got an answer again; `None` as long as none did.
    pub ended: Option<SystemTime>,
}

impl LastError {
    pub(crate) fn new(error: Error, at: SystemTime) -> Self {
        Self { error, at, ended: None }
    }

    /// Returns whether a call has had an answer since.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.ended.is_some()
    }

    /// Notes that a call got an answer.
    pub(crate) fn end(&mut self, at: SystemTime) {
        self.ended.get_or_insert(at);
    }

    /// Of several failures those that last come first, then the latest.
    pub(crate) fn urgency(&self) -> (bool, SystemTime) {
        (!self.is_over(), self.at)
    }
}

impl fmt::Display for LastError {
    /// The error, after `over: ` if it is over.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let over = if self.is_over() { "over: " } else { "" };
        write!(f, "{over}{}", self.error)
    }
}

impl Serialize for LastError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { error, at, ended } = self;
        let mut fields = serializer.serialize_struct("LastError", 6)?;
        fields.serialize_field("kind", &snake_case(&error.kind().to_string()))?;
        fields.serialize_field("outcome", outcome(error.outcome()))?;
        fields.serialize_field("message", &error.to_string())?;
        fields.serialize_field("server", &error.server())?;
        fields.serialize_field("at_ms", &unix_millis(*at))?;
        fields.serialize_field("ended_ms", &ended.map(unix_millis))?;
        fields.end()
    }
}

fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::NotApplied => "not_applied",
        Outcome::Unknown => "unknown",
        Outcome::Applied => "applied",
    }
}

fn snake_case(words: &str) -> String {
    words.replace(' ', "_")
}

fn unix_millis(time: SystemTime) -> u64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{ErrorKind, Outcome};

    #[test]
    fn it_serializes_without_anything_that_the_error_does_not_show() {
        let at = |millis| SystemTime::UNIX_EPOCH + Duration::from_millis(millis);
        let error = Error::new(ErrorKind::PoolTimeout, "all busy").with_outcome(Outcome::Unknown);
        let mut last = LastError::new(error.at_server(&"redis:6379".into()), at(1_000));
        last.end(at(2_500));
        last.end(at(9_000));
        assert_eq!(
            serde_json::to_value(&last).unwrap(),
            serde_json::json!({
                "kind": "pool_timeout",
                "outcome": "unknown",
                "message": "all busy (pool timeout, outcome unknown, server redis:6379)",
                "server": "redis:6379",
                "at_ms": 1_000,
                "ended_ms": 2_500,
            })
        );
    }
}
