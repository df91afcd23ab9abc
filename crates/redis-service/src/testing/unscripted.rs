//! The error of a command that the script does not expect. It travels as a reply like any other, and keeps its text,
//! unlike a real server's.

use std::{
    fmt::Write,
    hash::{BuildHasher, RandomState},
    sync::LazyLock,
};

use super::answer::error_line;
use crate::error::{Error, ErrorKind, escape};

const CODE: &str = "UNSCRIPTED";

/// Only this process knows it: the text of a real server is never shown, whatever its code.
static TOKEN: LazyLock<String> = LazyLock::new(|| format!("{:016x} ", RandomState::new().hash_one(CODE)));

/// Returns the reply to a command that was not expected.
pub(super) fn reply(words: &[Vec<u8>]) -> Vec<u8> {
    let mut message =
        format!("no answer is scripted for {}", escape(words.first().map_or(b"", Vec::as_slice)));
    let written = match words.len().saturating_sub(1) {
        1 => write!(message, " with 1 argument"),
        count => write!(message, " with {count} arguments"),
    };
    // Writing to a string does not fail.
    written.unwrap_or_default();
    with_token(&message)
}

/// Returns the reply to a subscription.
pub(super) fn subscription() -> Vec<u8> {
    with_token("a subscription cannot be scripted; test it with a real server, by redis-testkit")
}

fn with_token(message: &str) -> Vec<u8> {
    error_line(&format!("{CODE} {}{message}", *TOKEN))
}

/// Returns the error that a reply of this module stands for.
pub(crate) fn parse(code: &str, detail: &str) -> Option<Error> {
    let message = (code == CODE).then(|| detail.strip_prefix(TOKEN.as_str())).flatten()?;
    Some(Error::new(ErrorKind::Operation, message.to_owned()).with_code(CODE))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Reply;

    #[test]
    fn an_unexpected_command_is_named_without_its_arguments() {
        let words = [&b"GET"[..], b"canary"].map(<[u8]>::to_vec);
        let reply = String::from_utf8(reply(&words)).unwrap();
        let error = Reply::of(&reply).unwrap_err();
        assert_eq!(
            error.to_string(),
            "no answer is scripted for GET with 1 argument (operation, not applied)"
        );
    }

    #[test]
    fn the_text_of_a_server_is_not_shown_even_behind_the_same_code() {
        let error = Reply::of("-UNSCRIPTED 0123456789abcdef canary\r\n").unwrap_err();
        assert!(!format!("{error} {error:?}").contains("canary"), "{error:?}");
    }
}
