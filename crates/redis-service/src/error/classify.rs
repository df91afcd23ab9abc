use std::{io, sync::Arc};

use redis::{ErrorKind as Theirs, RedisError};

use super::{Answer, Error, ErrorKind, Outcome, waiting::NO_ANSWER};

/// How far a call had come when it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// No byte of the call had been written.
    Unsent,
    /// A byte or more may have been written, and no answer was read.
    Sent,
}

impl Stage {
    pub(crate) fn outcome(self) -> Outcome {
        match self {
            Self::Unsent => Outcome::NotApplied,
            Self::Sent => Outcome::Unknown,
        }
    }
}

/// Converts an error of the `redis` crate into this crate's.
///
/// The server's answer decides the outcome at every stage: a command that Redis answers with an error was not
/// applied. (A script may have written before it failed: the code that runs scripts refines the error with
/// [`Origin`](super::Origin).) No message has the server's own text: it may echo arguments.
pub(crate) fn classify(error: &RedisError, stage: Stage) -> Error {
    match error.kind() {
        Theirs::Server(_) | Theirs::Extension => {
            let code = error.code().unwrap_or("");
            server(code, error.detail().unwrap_or("")).with_server_text(code, error.detail())
        }
        Theirs::Io => io_source(error).map_or_else(
            || Error::new(ErrorKind::Connection, "the connection failed").with_outcome(stage.outcome()),
            |source| classify_io(source.kind(), stage),
        ),
        Theirs::AuthenticationFailed => Error::new(ErrorKind::Auth, "the server refused the credentials"),
        Theirs::Parse => {
            Error::new(ErrorKind::Protocol, "the reply is not valid RESP: the server may not be Redis")
                .with_outcome(stage.outcome())
        }
        Theirs::UnexpectedReturnType => {
            Error::new(ErrorKind::Protocol, "the reply has an unexpected type").with_outcome(Outcome::Applied)
        }
        Theirs::InvalidClientConfig | Theirs::EmptySentinelList | Theirs::RESP3NotSupported => {
            Error::config("the configuration does not fit the server")
        }
        Theirs::MasterNameNotFoundBySentinel
        | Theirs::NoValidReplicasFoundBySentinel
        | Theirs::ClusterConnectionNotFound => Error::new(ErrorKind::Connection, "no node to connect to"),
        Theirs::Client => Error::invalid_input("the command was refused before it was sent"),
        _ => Error::new(ErrorKind::Operation, "the command failed").with_outcome(stage.outcome()),
    }
}

/// Converts an I/O error. Its text is dropped, its kind kept.
pub(crate) fn classify_io(kind: io::ErrorKind, stage: Stage) -> Error {
    use io::ErrorKind as Io;
    let (ours, message) = match kind {
        Io::TimedOut | Io::WouldBlock => (ErrorKind::Timeout, NO_ANSWER),
        Io::ConnectionRefused => (ErrorKind::Connection, "connection refused"),
        Io::UnexpectedEof => (ErrorKind::Connection, "the server closed the connection"),
        Io::ConnectionReset | Io::ConnectionAborted | Io::BrokenPipe => {
            (ErrorKind::Connection, "the connection was reset")
        }
        Io::HostUnreachable | Io::NetworkUnreachable | Io::AddrNotAvailable => {
            (ErrorKind::Connection, "the server cannot be reached")
        }
        _ => (ErrorKind::Connection, "the connection failed"),
    };
    Error::new(ours, message).with_outcome(stage.outcome()).with_source(io::Error::from(kind))
}

/// Converts an error of connecting to a socket by path.
pub(crate) fn classify_path(error: &io::Error) -> Error {
    use io::ErrorKind as Io;
    let (ours, message) = match error.kind() {
        Io::NotFound => (ErrorKind::Connection, "the socket does not exist"),
        Io::PermissionDenied => (ErrorKind::Connection, "this process has no permission for the socket"),
        Io::ConnectionRefused => (ErrorKind::Connection, "no server listens at the socket"),
        Io::WouldBlock => (ErrorKind::Connection, "too many connections wait for the server to accept them"),
        Io::Unsupported => (ErrorKind::Unsupported, "a socket by path needs Unix"),
        kind => return classify_io(kind, Stage::Unsent),
    };
    Error::new(ours, message).with_outcome(Stage::Unsent.outcome()).with_source(io::Error::from(error.kind()))
}

/// Names the reason why a file cannot be read. The names of the kinds are not written for people.
pub(crate) fn file_problem(kind: io::ErrorKind) -> String {
    use io::ErrorKind as Io;
    match kind {
        Io::NotFound => "no such file".to_owned(),
        Io::PermissionDenied => "permission denied".to_owned(),
        Io::IsADirectory => "it is a directory".to_owned(),
        Io::NotADirectory => "a part of its path is no directory".to_owned(),
        Io::InvalidData => "it is not UTF-8 text".to_owned(),
        kind => kind.to_string(),
    }
}

fn io_source(error: &RedisError) -> Option<&io::Error> {
    // The crate returns the `Arc` around its source, not the source itself.
    let shared: &Arc<dyn std::error::Error + Send + Sync> =
        std::error::Error::source(error)?.downcast_ref()?;
    shared.downcast_ref()
}

fn server(code: &str, detail: &str) -> Error {
    #[cfg(feature = "testing")]
    if let Some(error) = crate::testing::parse_unscripted(code, detail) {
        return error;
    }
    let answer = Answer::of(code, detail);
    let (kind, message) = match code {
        "NOAUTH" => (ErrorKind::Auth, "the server requires a login"),
        "WRONGPASS" => (ErrorKind::Auth, "the server refused the credentials"),
        "NOPERM" => (ErrorKind::Permission, "the user has no permission for this"),
        "WRONGTYPE" => (ErrorKind::WrongType, "the key holds another type of value"),
        "OOM" => (ErrorKind::OutOfMemory, "the server is out of memory"),
        "READONLY" => (ErrorKind::ReadOnly, "the server is a replica"),
        "BUSY" => (ErrorKind::Busy, "a script is blocking the server"),
        "LOADING" => (ErrorKind::Loading, "the server is loading its data"),
        "MASTERDOWN" => (ErrorKind::Loading, "the replica has lost its master"),
        "CLUSTERDOWN" => (ErrorKind::Loading, "the cluster is down"),
        "TRYAGAIN" => (ErrorKind::Loading, "the slot is being moved"),
        "MISCONF" => (ErrorKind::WriteRefused, "the server cannot persist and refuses writes"),
        "NOREPLICAS" => (ErrorKind::WriteRefused, "too few replicas; the server refuses writes"),
        "CROSSSLOT" => (ErrorKind::Slot, "the keys are on different slots"),
        "MOVED" | "ASK" => (ErrorKind::Slot, "the slot is on another node"),
        "NOSCRIPT" => (ErrorKind::NoScript, "the server does not know the script"),
        "BUSYGROUP" => (ErrorKind::Operation, "the group of the stream exists already"),
        "NOGROUP" => (ErrorKind::Operation, "there is no such stream or group"),
        "EXECABORT" => (ErrorKind::Operation, "the transaction was refused"),
        "UNBLOCKED" if detail.starts_with("the stream key no longer exists") => {
            (ErrorKind::Operation, "the stream that was waited for is gone")
        }
        "UNBLOCKED" => (ErrorKind::Connection, "the blocked command was interrupted by a change of role"),
        "ERR" => err(detail, answer),
        _ => (ErrorKind::Operation, OTHER),
    };
    let error = Error::new(kind, message).with_code(code).with_answer(answer);
    match code {
        // MIGRATE: the other server may have received what was sent to it.
        "IOERR" => error.with_outcome(Outcome::Unknown),
        _ => error,
    }
}

/// The message for what has none of its own.
const OTHER: &str = "the server answered with an error, whose text is in `server_text()`";

/// `ERR` is the server's code for all errors that have no code of their own; the text distinguishes them.
fn err(detail: &str, answer: Answer) -> (ErrorKind, &'static str) {
    let starts = |text: &str| detail.starts_with(text);
    if starts("max number of clients") {
        (ErrorKind::Loading, "the server has too many clients")
    } else if starts("AUTH") || starts("Client sent AUTH") || starts("invalid password") {
        (ErrorKind::Auth, "the server refused the credentials")
    } else if starts("DB index is out of range") || starts("invalid DB index") {
        (ErrorKind::Config, "the server has no database of that number")
    } else if starts("unknown command")
        || starts("unknown subcommand")
        || starts("Unknown Redis command called from script")
        || starts("Unknown command called from script")
    {
        (ErrorKind::Unsupported, "the server does not know the command")
    } else if starts("The user executing the script can't") || starts("ACL failure in script") {
        (ErrorKind::Permission, "the user may not do what the script does")
    } else if starts("value is not an integer") || starts("hash value is not an integer") {
        (ErrorKind::WrongType, "the value is not an integer, or out of range")
    } else if starts("value is not a valid float") || starts("hash value is not a float") {
        (ErrorKind::WrongType, "the value is not a number")
    } else if starts("increment or decrement would overflow") || starts("increment would produce") {
        (ErrorKind::Operation, "the number would overflow")
    } else if starts("resulting score is not a number") {
        (ErrorKind::Operation, "the score would not be a number")
    } else if starts("The XGROUP subcommand requires the key to exist") {
        (ErrorKind::Operation, "there is no such stream")
    } else if starts("The ID specified in XADD is equal or smaller") {
        (ErrorKind::Operation, "the id is not greater than the last id of the stream")
    } else if starts("no such key") {
        (ErrorKind::Operation, "there is no such key")
    } else if starts("index out of range") {
        (ErrorKind::Operation, "there is no such index")
    } else if starts("Error compiling script") && answer == Answer::Refusal {
        (ErrorKind::Operation, "the script does not compile; `server_text()` has the reason")
    } else if starts("wrong number of arguments for") {
        (ErrorKind::Operation, "the command has the wrong number of arguments")
    } else if starts("Wrong number of args calling") {
        (ErrorKind::Operation, "a command in the script has the wrong number of arguments")
    } else if starts("syntax error") {
        (ErrorKind::Operation, "the command's arguments have a wrong syntax")
    } else {
        (ErrorKind::Operation, OTHER)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use redis::make_extension_error;

    fn parse(line: &str) -> RedisError {
        let value = redis::parse_redis_value(format!("-{line}\r\n").as_bytes()).unwrap();
        value.extract_error().unwrap_err()
    }

    #[test]
    fn server_errors() {
        use ErrorKind::*;
        for (line, kind) in [
            ("NOAUTH Authentication required.", Auth),
            ("WRONGPASS invalid username-password pair or user is disabled.", Auth),
            ("ERR AUTH <password> called without any password configured for the default user.", Auth),
            ("NOPERM this user has no permissions to run the 'get' command", Permission),
            ("WRONGTYPE Operation against a key holding the wrong kind of value", WrongType),
            ("OOM command not allowed when used memory > 'maxmemory'.", OutOfMemory),
            ("READONLY You can't write against a read only replica.", ReadOnly),
            ("BUSY Redis is busy running a script.", Busy),
            ("LOADING Redis is loading the dataset in memory", Loading),
            ("MASTERDOWN Link with MASTER is down", Loading),
            ("CLUSTERDOWN The cluster is down", Loading),
            ("TRYAGAIN Multiple keys request during rehashing of slot", Loading),
            ("ERR max number of clients reached", Loading),
            ("MISCONF Redis is configured to save RDB snapshots", WriteRefused),
            ("NOREPLICAS Not enough good replicas to write.", WriteRefused),
            ("CROSSSLOT Keys in request don't hash to the same slot", Slot),
            ("MOVED 1 127.0.0.1:1", Slot),
            ("ASK 1 127.0.0.1:1", Slot),
            ("NOSCRIPT No matching script.", NoScript),
            ("EXECABORT Transaction discarded because of previous errors.", Operation),
            ("UNBLOCKED force unblock from blocking operation", Connection),
            ("ERR DB index is out of range", Config),
            ("ERR Unknown Redis command called from script", Unsupported),
            ("ERR Unknown command called from script", Unsupported),
            ("ERR The user executing the script can't run this command or subcommand", Permission),
            ("ERR ACL failure in script: No permissions to access a key", Permission),
            ("ERR value is not an integer or out of range", WrongType),
            ("ERR increment or decrement would overflow", Operation),
            ("ERR unknown command 'HPEXPIRE', with args beginning with: 'key' '5'", Unsupported),
            ("ERR resulting score is not a number (NaN)", Operation),
            ("ERR index out of range", Operation),
            ("SOMETHING new", Operation),
        ] {
            for stage in [Stage::Unsent, Stage::Sent] {
                let error = classify(&parse(line), stage);
                assert_eq!(error.kind(), kind, "{line}");
                assert_eq!(error.outcome(), Outcome::NotApplied, "{line}");
                assert_eq!(error.code(), line.split(' ').next(), "{line}");
            }
        }
    }

    #[test]
    fn failures_of_the_connection() {
        use io::ErrorKind as Io;
        for (io, kind) in [
            (Io::TimedOut, ErrorKind::Timeout),
            (Io::WouldBlock, ErrorKind::Timeout),
            (Io::ConnectionRefused, ErrorKind::Connection),
            (Io::ConnectionReset, ErrorKind::Connection),
            (Io::BrokenPipe, ErrorKind::Connection),
            (Io::UnexpectedEof, ErrorKind::Connection),
            (Io::PermissionDenied, ErrorKind::Connection),
        ] {
            for (stage, outcome) in [(Stage::Unsent, Outcome::NotApplied), (Stage::Sent, Outcome::Unknown)] {
                let error = classify(&RedisError::from(io::Error::from(io)), stage);
                assert_eq!((error.kind(), error.outcome()), (kind, outcome), "{io:?} {stage:?}");
            }
        }
    }

    #[test]
    fn errors_that_the_crate_makes_itself() {
        for (theirs, kind, outcome) in [
            (Theirs::Parse, ErrorKind::Protocol, Outcome::Unknown),
            (Theirs::AuthenticationFailed, ErrorKind::Auth, Outcome::NotApplied),
            (Theirs::UnexpectedReturnType, ErrorKind::Protocol, Outcome::Applied),
            (Theirs::InvalidClientConfig, ErrorKind::Config, Outcome::NotApplied),
            (Theirs::Io, ErrorKind::Connection, Outcome::Unknown),
            (Theirs::Client, ErrorKind::InvalidInput, Outcome::NotApplied),
            (Theirs::MasterNameNotFoundBySentinel, ErrorKind::Connection, Outcome::NotApplied),
            (Theirs::NoValidReplicasFoundBySentinel, ErrorKind::Connection, Outcome::NotApplied),
            (Theirs::EmptySentinelList, ErrorKind::Config, Outcome::NotApplied),
            (Theirs::ClusterConnectionNotFound, ErrorKind::Connection, Outcome::NotApplied),
            (Theirs::RESP3NotSupported, ErrorKind::Config, Outcome::NotApplied),
        ] {
            let error = classify(&RedisError::from((theirs, "canary", "canary".to_owned())), Stage::Sent);
            assert_eq!((error.kind(), error.outcome()), (kind, outcome), "{theirs:?}");
            assert!(!format!("{error} {error:?}").contains("canary"), "{error:?}");
        }
    }

    #[test]
    fn the_servers_text_is_never_shown() {
        for error in [
            parse("ERR unknown command 'HELLO', with args beginning with: '3' 'AUTH' 'default' 'canary'"),
            parse("WRONGTYPE canary"),
            parse("NEW canary"),
            parse("canary"),
            parse("canary is bad"),
            make_extension_error("CODE".to_owned(), Some("canary".to_owned())),
        ] {
            let error = classify(&error, Stage::Sent);
            assert!(!format!("{error} {error:?}").contains("canary"), "{error:?}");
        }
    }
}
