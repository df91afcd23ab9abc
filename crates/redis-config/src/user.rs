use std::env;

use nix::unistd::{Uid, User};

/// The name of the user: of USER or LOGNAME; where neither is set, as in many containers, the name of the user id; if it
/// has none, the number.
pub(crate) fn name() -> String {
    let is_set = |name| env::var(name).ok().filter(|name| !name.is_empty());
    is_set("USER").or_else(|| is_set("LOGNAME")).unwrap_or_else(|| name_of(Uid::current()))
}

fn name_of(id: Uid) -> String {
    let user = User::from_uid(id).ok().flatten();
    user.map_or_else(|| id.to_string(), |user| user.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_id_without_a_name_is_a_number() {
        assert_eq!(name_of(Uid::from_raw(4_000_000_123)), "4000000123");
        assert_eq!(name_of(Uid::from_raw(0)), "root");
    }
}
