//! What a server's refusal of the handshake means, and what to do about it.

use secrecy::ExposeSecret;

use super::Handshake;
use crate::{
    config::Credentials,
    error::{Error, ErrorKind},
    protocol::Command,
};

const NONE_GIVEN: &str = "the server requires a password, and none is configured: set `password` (in the URL, or \
                          REDIS_PASSWORD), and `username` for an ACL user";
const NONE_WANTED: &str = "the server has no password for its user `default`, and one is configured: remove \
                           `password`, or set `username` if it is an ACL user's";
const WRONG: &str = "the server does not accept the password of its user `default`: it is wrong, or the user is \
                     disabled; for an ACL user set `username`";
const WRONG_OF_USER: &str = "the server does not accept user and password: one of them is wrong, or the user is \
                             disabled (`ACL GETUSER` shows)";
const NOT_LOGGED_IN: &str = "the server requires a login although it has accepted the password";
const PROTECTED: &str = "the server is in protected mode: without a password it accepts local connections only; set \
                         a password on the server (`requirepass`, or an ACL user's) and in the configuration";

impl Handshake {
    /// Says what the refusal of one of its commands means.
    pub(super) fn explain(&self, command: &Command, error: Error) -> Error {
        let Credentials { username, password } = &self.credentials;
        let error = match password {
            // A server that does not know AUTH repeats its arguments.
            Some(password) => error.without_text_that_holds(password.expose_secret()),
            None => error,
        };
        let is_login = command.name() == "AUTH";
        match (error.kind(), error.code()) {
            (_, Some("DENIED")) => error.explained(ErrorKind::Auth, PROTECTED),
            (ErrorKind::Auth, Some("NOAUTH")) if password.is_none() => {
                error.explained(ErrorKind::Auth, NONE_GIVEN)
            }
            (ErrorKind::Auth, Some("NOAUTH")) => error.explained(ErrorKind::Auth, NOT_LOGGED_IN),
            (ErrorKind::Auth, Some("ERR")) if is_login && has_no_password(&error) => {
                error.explained(ErrorKind::Auth, NONE_WANTED)
            }
            (ErrorKind::Auth, _) if is_login => {
                let message = if username.is_some() { WRONG_OF_USER } else { WRONG };
                error.explained(ErrorKind::Auth, message)
            }
            (ErrorKind::Permission, _) if command.name() == "SELECT" => {
                let message = format!(
                    "the user may not select database {}: grant `+select` and the database, or configure another `db`",
                    self.db
                );
                error.explained(ErrorKind::Permission, message)
            }
            (ErrorKind::Config, _) if command.name() == "SELECT" => {
                let message = format!("the server has no database {}: configure another `db`", self.db);
                error.explained(ErrorKind::Config, message)
            }
            _ => error,
        }
    }
}

/// What the server says to a password where it has none, in versions before and since Redis 6.
fn has_no_password(error: &Error) -> bool {
    let text = error.server_text().unwrap_or_default();
    text.contains("without any password configured") || text.contains("but no password is set")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Reply;

    #[track_caller]
    fn assert_explained(credentials: Credentials, command: &'static str, line: &str, part: &str) {
        let handshake = Handshake::new(credentials, 3, "app".into());
        let refused = Reply::of(&format!("-{line}\r\n")).unwrap_err();
        let error = handshake.explain(&Command::new(command), refused.clone());
        assert!(error.to_string().contains(part), "{line}: {error}");
        assert_eq!((error.code(), error.server_text()), (refused.code(), refused.server_text()), "{line}");
    }

    #[test]
    fn each_refusal_of_a_login_says_what_to_do() {
        let no_password = "ERR AUTH <password> called without any password configured for the default user. Are \
                           you sure your configuration is correct?";
        let wrong = "WRONGPASS invalid username-password pair or user is disabled.";
        let user = || Credentials::new("app", "secret");
        let password = || Credentials::password("secret");
        let none = Credentials::default;
        assert_explained(none(), "CLIENT SETNAME", "NOAUTH Authentication required.", "set `password`");
        assert_explained(none(), "SELECT", "NOAUTH Authentication required.", "set `password`");
        assert_explained(password(), "AUTH", no_password, "remove `password`");
        assert_explained(password(), "AUTH", "ERR Client sent AUTH, but no password is set", "remove");
        assert_explained(password(), "AUTH", wrong, "its user `default`");
        assert_explained(password(), "AUTH", "ERR invalid password", "its user `default`");
        assert_explained(user(), "AUTH", wrong, "user and password");
        assert_explained(user(), "SELECT", "NOAUTH Authentication required.", "although");
        assert_explained(user(), "SELECT", "NOPERM no permissions to run 'select'", "select database 3");
        assert_explained(none(), "SELECT", "ERR DB index is out of range", "no database 3");
        assert_explained(none(), "SELECT", "DENIED Redis is running in protected mode", "protected mode");
        assert_explained(none(), "CLIENT SETNAME", "LOADING Redis is loading", "loading its data");
    }
}
