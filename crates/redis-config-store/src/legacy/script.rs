//! The scripts of the legacy layout. Each sees one key, and its base if there is to be one.

use redis_service::Script;

macro_rules! script {
    ($name:literal) => {
        Script::new(concat!(
            include_str!("../scripts/legacy_layout.lua"),
            "\n",
            include_str!(concat!("../scripts/", $name))
        ))
    };
}

pub(crate) static READ: Script = script!("legacy_read.lua");
pub(crate) static LOOK: Script = script!("legacy_look.lua");
pub(crate) static HISTORY: Script = script!("legacy_history.lua");
pub(crate) static WRITE: Script = script!("legacy_write.lua");
pub(crate) static TRIM: Script = script!("legacy_trim.lua");
