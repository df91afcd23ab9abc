//! Defaults that depend on where the service runs.

use serde_json::{Map, Value, json};

/// What `ENVIRONMENT` names: a few defaults of its own, beneath every other source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Profile {
    /// A developer's machine, where Redis is small and may start after the service.
    Local,
    /// The defaults as they stand.
    #[default]
    Production,
}

impl Profile {
    /// Deployments have always put names such as `staging` here: those get the defaults, not an error.
    pub(super) fn named(name: &str) -> Self {
        if name.trim().eq_ignore_ascii_case("local") { Self::Local } else { Self::Production }
    }

    /// As a configuration file would state it.
    pub(super) fn settings(self) -> Map<String, Value> {
        match (self, json!({ "lazy": true, "pool_size": 10 })) {
            (Self::Local, Value::Object(settings)) => settings,
            _ => Map::new(),
        }
    }
}
