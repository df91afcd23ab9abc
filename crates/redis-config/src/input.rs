use std::{
    fs,
    io::{self, Read},
};

use crate::{
    failure::{Failure, Result},
    json,
};

/// What an argument stands for: itself; `-`, standard input; `@file`, a file.
pub(crate) fn text(argument: &str) -> Result<String> {
    let (what, bytes) = match argument.strip_prefix('@') {
        Some(path) => (path, file(path)?),
        None if argument == "-" => ("standard input", file("-")?),
        None => return Ok(argument.to_owned()),
    };
    String::from_utf8(bytes).map_err(|_| Failure::refused(format!("{what} is not UTF-8")))
}

/// The bytes of a file; `-` is standard input.
pub(crate) fn file(path: &str) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let (what, read) = match path {
        "-" => ("standard input", io::stdin().read_to_end(&mut bytes).map(|_| bytes)),
        path => (path, fs::read(path)),
    };
    read.map_err(|error| Failure::file(what, &error))
}

/// A value as it is stored: the text's JSON in one line, or the text as a JSON string.
pub(crate) fn value(text: &str, is_string: bool) -> Result<Vec<u8>> {
    if is_string {
        return Ok(json::string(text).into_bytes());
    }
    checked(text).map(String::into_bytes)
}

/// The JSON in one line. The message does not show it: it may be a secret.
pub(crate) fn checked(text: &str) -> Result<String> {
    match serde_json::from_str::<&serde_json::value::RawValue>(text) {
        Ok(value) => Ok(json::compact(value.get())),
        Err(error) => {
            let message = format!("the value is not JSON: {}", json::what_is_wrong(&error));
            Err(Failure::refused(message).hint("with --string it is taken as text"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_unchanged_json_or_text() {
        assert_eq!(value(" {\"a\": 1.0}\n", false).unwrap(), b"{\"a\":1.0}");
        assert_eq!(value("say \"hi\"\n", true).unwrap(), b"\"say \\\"hi\\\"\\n\"");
        for refused in ["", "{", "canary", "1 2", "NaN"] {
            let failure = value(refused, false).unwrap_err();
            assert!(!failure.message.contains("canary"), "{}", failure.message);
        }
        let failure = value("{rps: 1}", false).unwrap_err();
        assert_eq!(failure.message, "the value is not JSON: key must be a string at line 1 column 2");
    }
}
