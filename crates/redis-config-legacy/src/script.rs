//! The scripts. Each works on one key, and on its base key if versions are kept.

use redis_service::Script;

macro_rules! script {
    ($name:literal) => {
        Script::new(concat!(
            include_str!("scripts/layout.lua"),
            "\n",
            include_str!(concat!("scripts/", $name))
        ))
    };
}

pub(crate) static READ: Script = script!("read.lua");
pub(crate) static LOOK: Script = script!("look.lua");
pub(crate) static HISTORY: Script = script!("history.lua");
pub(crate) static WRITE: Script = script!("write.lua");
pub(crate) static TRIM: Script = script!("trim.lua");
