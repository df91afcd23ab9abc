//! The scripts. Each works on the two keys of a namespace, and answers with a flat list of strings.

use redis_service::Script;

macro_rules! script {
    ($name:literal) => {
        Script::new(concat!(
            include_str!("../scripts/integrity.lua"),
            "\n",
            include_str!(concat!("../scripts/", $name))
        ))
    };
}

pub(crate) static COMMIT: Script = script!("commit.lua");
pub(crate) static SYNC: Script = script!("sync.lua");
pub(crate) static HISTORY: Script = Script::new(include_str!("../scripts/history.lua"));
