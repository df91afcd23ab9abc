//! The scripts. Each sees the two keys of a namespace, and answers with a flat list of strings.

use std::sync::LazyLock;

use redis_service::Script;

macro_rules! script {
    ($name:literal) => {
        concat!(include_str!("scripts/integrity.lua"), "\n", include_str!(concat!("scripts/", $name)))
    };
}

pub(crate) static COMMIT: LazyLock<Script> = LazyLock::new(|| Script::new(script!("commit.lua")));
pub(crate) static SYNC: LazyLock<Script> = LazyLock::new(|| Script::new(script!("sync.lua")));
pub(crate) static HISTORY: LazyLock<Script> =
    LazyLock::new(|| Script::new(include_str!("scripts/history.lua")));
