//! Defaults that depend on where the service runs.

use serde_json::{Map, Value, json};

/// The profile that `ENVIRONMENT` names: a few defaults, below every other source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Profile {
    /// A developer's machine, where Redis is small and may start after the service.
    Local,
    /// The ordinary defaults.
    #[default]
    Production,
}

impl Profile {
    /// Deployments have always used other names here, such as `staging`: those get the ordinary defaults, not
    /// an error.
    pub(super) fn named(name: &str) -> Self {
        if name.trim().eq_ignore_ascii_case("local") { Self::Local } else { Self::Production }
    }

    /// Returns the profile in the form of a configuration file.
    pub(super) fn settings(self) -> Map<String, Value> {
        match (self, json!({ "lazy": true, "pool_size": 10 })) {
            (Self::Local, Value::Object(settings)) => settings,
            _ => Map::new(),
        }
    }
}
