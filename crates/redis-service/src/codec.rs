//! The forms in which values are stored.

use serde::{Deserialize, Serialize};

/// The form in which `set` stores a value and in which `get` expects it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Codec {
    /// JSON. An integer is stored bare, so `INCR` works on it.
    #[default]
    Json,
}
