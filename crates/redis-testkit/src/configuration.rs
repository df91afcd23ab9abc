use std::fmt::Write;

use crate::{INSPECTOR_USER, options::Options};

/// What the configuration file says about where the server runs.
#[derive(Debug)]
pub(crate) struct ListenAddress<'a> {
    pub(crate) port: u16,
    /// The arguments of `bind`.
    pub(crate) bind: &'a str,
    /// The working directory.
    pub(crate) folder: &'a str,
    /// The files of authority, certificate and key, as the server sees them.
    pub(crate) tls: Option<[String; 3]>,
}

/// Renders the configuration file. The directives of the caller come last, and so override the others.
pub(crate) fn render(options: &Options, place: &ListenAddress<'_>, inspector: Option<&str>) -> String {
    let ListenAddress { port, bind, folder, tls } = place;
    let mut file = String::new();
    let mut say = |directive: &str, value: &str| {
        // Writing to a string cannot fail.
        let _ = writeln!(file, "{directive} {value}");
    };

    say("bind", bind);
    // The server is private by its address or its container; a password may be taken away under test.
    say("protected-mode", "no");
    say("dir", &quoted(folder));
    say("daemonize", "no");
    if let Some([authority, certificate, key]) = tls {
        let required = options.tls.as_ref().is_some_and(|tls| tls.client_required);
        say("port", "0");
        say("tls-port", &port.to_string());
        say("tls-ca-cert-file", &quoted(authority));
        say("tls-cert-file", &quoted(certificate));
        say("tls-key-file", &quoted(key));
        say("tls-auth-clients", if required { "yes" } else { "no" });
    } else {
        say("port", &port.to_string());
    }

    say("save", "\"\"");
    if options.persistent {
        say("appendonly", "yes");
        say("appendfsync", "always");
    } else {
        say("appendonly", "no");
    }
    if let Some(databases) = options.databases {
        say("databases", &databases.to_string());
    }

    if let Some(password) = &options.password {
        say("requirepass", &quoted(password));
    }
    for user in &options.users {
        say("user", &format!("{} on {} {}", user.name, secret(&user.password), user.rules));
    }
    if let Some(password) = inspector {
        say("user", &format!("{INSPECTOR_USER} on {} ~* &* +@all", secret(password)));
    }
    for (directive, value) in &options.directives {
        say(directive, value);
    }
    file
}

fn secret(password: &str) -> String {
    if password.is_empty() { "nopass".to_owned() } else { quoted(&format!(">{password}")) }
}

/// A quoted argument, as `sdssplitargs` reads it.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => quoted.extend(['\\', char::from(byte)]),
            b' '..=b'~' => quoted.push(char::from(byte)),
            _ => quoted.push_str(&format!("\\x{byte:02x}")),
        }
    }
    quoted + "\""
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> ListenAddress<'static> {
        ListenAddress { port: 7000, bind: "127.0.0.1", folder: "/tmp/a b", tls: None }
    }

    #[test]
    fn what_the_caller_asks_for_comes_last() {
        let options = Options::default().with_config("maxmemory", "1mb").with_config("save", "900 1");
        let file = render(&options, &place(), None);
        assert!(file.contains("dir \"/tmp/a b\"\n") && file.contains("\nport 7000\n"));
        assert!(file.ends_with("maxmemory 1mb\nsave 900 1\n"));
    }

    #[test]
    fn passwords_are_quoted() {
        let options = Options::default().with_password("a \"b\\\n").with_user("eve", "", "off");
        let file = render(&options, &place(), Some("own"));
        assert!(file.contains("requirepass \"a \\\"b\\\\\\x0a\"\n"));
        assert!(file.contains("user eve on nopass off\n"));
        assert!(file.contains("user redis-testkit on \">own\" ~* &* +@all\n"));
    }
}
