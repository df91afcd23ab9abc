//! The commands that begin every new connection.

mod refusal;

use secrecy::ExposeSecret;

use crate::{
    config::Credentials,
    error::{Error, ErrorKind, Result},
    protocol::{Command, RawPipeline, Reply},
};

/// The credentials, database and name of a connection, and the name of this library.
///
/// It uses AUTH, never HELLO: a server that does not know HELLO repeats its arguments in the error, the
/// password among them.
#[derive(Debug, Default)]
pub(crate) struct Handshake {
    credentials: Credentials,
    db: u32,
    client_name: String,
}

impl Handshake {
    pub(crate) fn new(credentials: Credentials, db: u32, client_name: String) -> Self {
        Self { credentials, db, client_name }
    }

    pub(crate) fn has_credentials_of(&self, other: &Self) -> bool {
        self.credentials.is_same_as(&other.credentials)
    }

    pub(crate) fn commands(&self) -> RawPipeline {
        let mut commands = RawPipeline::new();
        let Credentials { username, password } = &self.credentials;
        if username.is_some() || password.is_some() {
            let auth = Command::new("AUTH");
            let auth = username.iter().fold(auth, |auth, username| auth.arg(username.expose_secret()));
            // A user that needs no password (`nopass`) may send any.
            commands.push(auth.arg(password.as_ref().map_or("", ExposeSecret::expose_secret)));
        }
        if self.db != 0 {
            commands.push(Command::new("SELECT").arg(self.db));
        }
        // Sent always, so that a server which accepts connections but answers nothing is detected.
        commands.push(Command::new("CLIENT SETNAME").arg(&self.client_name));
        // Redis 7.2 and later show them in CLIENT LIST. The last ones, so that an answer which concerns the whole
        // connection is the answer to a command that every server has.
        for (attribute, value) in LIBRARY {
            commands.push(Command::new(SETINFO).arg(attribute).arg(value));
        }
        commands
    }

    /// Reads the replies to [`commands`](Self::commands): all of them, or those before the connection `ended`.
    ///
    /// # Errors
    ///
    /// The server's refusal, except its refusal of the names: a user without permission to set them can work
    /// without. Then why the connection ended.
    pub(crate) fn check(&self, replies: Vec<Result<Reply>>, ended: Option<Error>) -> Result<HandshakeResult> {
        let commands = self.commands();
        let mut greeting = HandshakeResult::Complete;
        for (command, reply) in commands.commands().iter().zip(replies) {
            match reply.map_err(|error| self.explain(command, error)) {
                Ok(_) => {}
                // Whatever it is: the other commands show whether the connection can be used.
                Err(_) if command.name() == SETINFO => {}
                Err(error) if is_optional(command) => greeting = HandshakeResult::without_name(error)?,
                Err(error) => return Err(error),
            }
        }
        match (ended, greeting) {
            (None, greeting) => Ok(greeting),
            // What the server said before it hung up is the reason.
            (Some(_), HandshakeResult::Doubtful(reason)) => Err(reason),
            (Some(ended), HandshakeResult::Complete) => Err(ended),
        }
    }
}

/// The server's answer to the handshake.
#[derive(Debug)]
pub(crate) enum HandshakeResult {
    Complete,
    /// The server answered to the name with an error that may be about the name, or about the whole
    /// connection. In the second case it closes the connection, and the error says why.
    Doubtful(Error),
}

impl HandshakeResult {
    fn without_name(error: Error) -> Result<Self> {
        match error.kind() {
            ErrorKind::Permission | ErrorKind::Unsupported => {
                tracing::debug!(%error, "the server refused the connection's name");
                Ok(Self::Complete)
            }
            ErrorKind::Operation => Ok(Self::Doubtful(error)),
            _ => Err(error),
        }
    }

    /// Returns the command to send before the connection is used, and the error to report if that is not
    /// answered.
    pub(crate) fn verification(self) -> Option<(Command, Error)> {
        match self {
            Self::Complete => None,
            Self::Doubtful(error) => Some((Command::new("PING"), error)),
        }
    }
}

const SETINFO: &str = "CLIENT SETINFO";

/// How `CLIENT LIST` shows this library.
const LIBRARY: [(&str, &str); 2] =
    [("LIB-NAME", env!("CARGO_PKG_NAME")), ("LIB-VER", env!("CARGO_PKG_VERSION"))];

fn is_optional(command: &Command) -> bool {
    command.name() == "CLIENT SETNAME"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replies(lines: &[&str]) -> Vec<Result<Reply>> {
        let parse = |line| redis::parse_redis_value(format!("{line}\r\n").as_bytes()).unwrap();
        RawPipeline::new().parse_replies(lines.iter().map(parse).collect()).unwrap()
    }

    #[test]
    fn only_what_is_needed_is_said() {
        let names = |handshake: &Handshake| -> Vec<_> {
            handshake.commands().commands().iter().map(Command::name).collect()
        };
        let handshake = Handshake::new(Credentials::default(), 0, "app".into());
        assert_eq!(names(&handshake), ["CLIENT SETNAME", SETINFO, SETINFO]);
        let handshake = Handshake::new(Credentials::password("secret"), 3, "app".into());
        assert_eq!(names(&handshake), ["AUTH", "SELECT", "CLIENT SETNAME", SETINFO, SETINFO]);
    }

    #[test]
    fn a_refused_name_does_not_matter_and_a_refused_password_does() {
        let handshake = Handshake::new(Credentials::password("secret"), 0, "app".into());
        for refusal in ["-NOPERM no", "-ERR unknown command 'CLIENT'"] {
            let greeting = handshake.check(replies(&["+OK", refusal, refusal, refusal]), None).unwrap();
            assert!(greeting.verification().is_none());
        }
        let kind = |lines: &[&str]| handshake.check(replies(lines), None).unwrap_err().kind();
        assert_eq!(kind(&["-WRONGPASS no", "-NOAUTH no"]), ErrorKind::Auth);
        assert_eq!(kind(&["+OK", "-NOAUTH no"]), ErrorKind::Auth);
        assert_eq!(kind(&["+OK", "-LOADING no"]), ErrorKind::Loading);
    }

    #[test]
    fn a_server_that_does_not_let_anyone_in_says_so_to_the_first_command() {
        let handshake = Handshake::new(Credentials::default(), 0, "app".into());
        let denied = || replies(&["-DENIED Redis is running in protected mode"]);
        let hung_up = || Some(Error::new(ErrorKind::Connection, "hung up"));
        let error = handshake.check(denied(), hung_up()).unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::Auth, Some("DENIED")));
        let error = handshake.check(replies(&["-ERR go away"]), hung_up()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Operation);
        for silent in [&[][..], &["+OK"], &["+OK", "-ERR unknown subcommand"]] {
            let error = handshake.check(replies(silent), hung_up()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Connection, "{silent:?}");
        }
        let greeting =
            handshake.check(replies(&["-ERR go away", "-ERR go away", "-ERR go away"]), None).unwrap();
        let (command, error) = greeting.verification().unwrap();
        assert_eq!((command.name(), error.kind()), ("PING", ErrorKind::Operation));
    }
}
