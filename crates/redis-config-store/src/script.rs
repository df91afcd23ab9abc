//! The scripts. Each sees the two keys of a namespace, and answers with a flat list of strings.

use std::sync::LazyLock;

macro_rules! script {
    ($name:literal) => {
        concat!(include_str!("scripts/integrity.lua"), "\n", include_str!(concat!("scripts/", $name)))
    };
}

/// A script, and the hash by which the server may know it.
#[derive(Debug)]
pub(crate) struct Script {
    pub(crate) source: &'static str,
    pub(crate) hash: String,
}

impl Script {
    fn new(source: &'static str) -> Self {
        Self { source, hash: sha1_smol::Sha1::from(source).hexdigest() }
    }
}

pub(crate) static COMMIT: LazyLock<Script> = LazyLock::new(|| Script::new(script!("commit.lua")));
pub(crate) static SYNC: LazyLock<Script> = LazyLock::new(|| Script::new(script!("sync.lua")));
pub(crate) static HISTORY: LazyLock<Script> =
    LazyLock::new(|| Script::new(include_str!("scripts/history.lua")));
