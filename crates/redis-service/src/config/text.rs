//! Settings as text, from variables and URLs.

use std::{net::Ipv6Addr, str::FromStr};

use secrecy::SecretString;
use serde::{Deserialize, Serialize, de::IntoDeserializer, de::value::Error as Unknown};

use crate::values::Codec;

/// The problem with a setting, as the end of a sentence that begins with the setting's source. Constant, so
/// that it cannot show the setting's value.
pub(super) type Problem = &'static str;

pub(super) fn boolean(text: &str) -> Result<bool, Problem> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Ok(true),
        "false" | "0" | "no" | "off" => Ok(false),
        _ => Err("is neither true nor false"),
    }
}

pub(super) fn number<T: FromStr>(text: &str) -> Result<T, Problem> {
    whole(text.trim()).ok_or("is not a whole number in its range")
}

pub(super) fn rate(text: &str) -> Result<f64, Problem> {
    text.trim().parse().map_err(|_| "is not a number")
}

pub(super) fn port(text: &str) -> Result<u16, Problem> {
    match whole(text.trim()) {
        Some(0) => Err("is not a port number: no server listens on port 0"),
        Some(port) => Ok(port),
        // Kubernetes sets this in every container that runs beside a service named "redis".
        None if text.starts_with("tcp://") => Err(
            "is not a port number but a Kubernetes service link: set it, or set enableServiceLinks: false",
        ),
        None => Err("is not a port number"),
    }
}

/// A host name, an IP address with or without brackets, or the path of a socket.
pub(super) fn host(text: &str) -> Result<String, Problem> {
    let text = text.trim();
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    if is_host(bare) || is_socket_path(bare) { Ok(bare.to_owned()) } else { Err(NO_HOST) }
}

pub(super) const NO_HOST: Problem = "is not a host name, an IP address or the absolute path of a socket";

pub(super) fn is_host(text: &str) -> bool {
    let in_names = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    (1..=253).contains(&text.len()) && (text.bytes().all(in_names) || text.parse::<Ipv6Addr>().is_ok())
}

/// An absolute path, as long as the operating system takes it.
pub(super) fn is_socket_path(text: &str) -> bool {
    text.starts_with('/') && (2..=MAX_SOCKET_PATH).contains(&text.len()) && !text.contains('\0')
}

/// The room in the socket addresses of Linux; others have four bytes less.
const MAX_SOCKET_PATH: usize = 107;

/// A user name or a password, taken to the letter.
pub(super) fn secret(text: &str) -> Result<SecretString, Problem> {
    if text.contains(['\r', '\n', '\0']) {
        // Redis would accept it, but it is what `echo secret | base64` leaves behind.
        return Err("has a line break or a NUL in it");
    }
    Ok(text.into())
}

pub(super) fn words(text: &str) -> Result<String, Problem> {
    if text.contains(['\r', '\n', '\0']) {
        return Err("has a line break or a NUL in it");
    }
    Ok(text.trim().to_owned())
}

pub(super) fn codec(text: &str) -> Result<Codec, Problem> {
    let name = text.trim().to_ascii_lowercase();
    Codec::deserialize(IntoDeserializer::<Unknown>::into_deserializer(name.as_str()))
        .map_err(|_| "is not the name of a codec")
}

/// The inverse of [`codec`].
pub(super) fn codec_name(codec: Codec) -> String {
    match codec.serialize(serde_json::value::Serializer) {
        Ok(serde_json::Value::String(name)) => name,
        _ => format!("{codec:?}"),
    }
}

/// Unlike `str::parse`, accepts no sign.
fn whole<T: FromStr>(text: &str) -> Option<T> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn booleans_in_any_case() {
        for (text, expected) in [("TRUE", true), ("1", true), ("Yes", true), (" on ", true), ("oFF", false)] {
            assert_eq!(boolean(text), Ok(expected), "{text}");
        }
        for text in ["", "2", "y", "enabled"] {
            assert!(boolean(text).is_err(), "{text}");
        }
    }

    #[test]
    fn ports() {
        assert_eq!(port(" 6379 "), Ok(6379));
        for text in ["", "0", "65536", "+1", "-1", "0x1", "6379/tcp"] {
            assert!(port(text).is_err(), "{text}");
        }
        assert!(port("tcp://10.0.0.11:6379").unwrap_err().contains("Kubernetes"));
    }

    #[test]
    fn hosts_lose_their_brackets() {
        assert_eq!(host("[::1]").as_deref(), Ok("::1"));
        assert_eq!(host("::1").as_deref(), Ok("::1"));
        assert!(host("redis://h").is_err());
        assert!(host("h:6379").is_err());
        assert_eq!(host("/run/redis.sock").as_deref(), Ok("/run/redis.sock"));
        assert!(host("run/redis.sock").is_err() && host("/").is_err());
        assert!(host(&format!("/{}", "x".repeat(MAX_SOCKET_PATH))).is_err());
    }

    #[test]
    fn a_secret_is_kept_to_the_letter_but_may_not_end_a_line() {
        use secrecy::ExposeSecret;
        assert_eq!(secret(" p w ").unwrap().expose_secret(), " p w ");
        assert!(secret("pw\n").is_err());
    }

    #[test]
    fn codecs_are_named_as_in_files() {
        assert_eq!(codec("JSON"), Ok(Codec::Json));
        assert_eq!(codec_name(Codec::Json), "json");
        assert_eq!(codec("Python_JSON"), Ok(Codec::PythonJson));
        assert_eq!(codec_name(Codec::PythonJson), "python_json");
        assert!(codec("yaml").is_err());
    }
}
