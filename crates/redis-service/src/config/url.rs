//! A configuration in one line: `redis://user:password@host:port/db?option=value`.
//!
//! The `url` crate is not used, because an address list (`h1:1,h2:2`) is not a host of RFC 3986. Errors show
//! no text of the URL except option names: any of it may be part of a password that was not percent-encoded.

mod percent;

use std::borrow::Cow;

use super::{
    draft::{Formation, Layer, Setting},
    field::Field,
    fields,
    node::{Node, REDIS_PORT, SENTINEL_PORT},
    spelling,
};
use crate::error::{Error, Result, escape};

/// Schemes, what follows them, and whether they mean TLS.
const SCHEMES: [(&str, Address, bool); 11] = [
    ("redis", Address::Hosts(Formation::Standalone), false),
    ("rediss", Address::Hosts(Formation::Standalone), true),
    ("valkey", Address::Hosts(Formation::Standalone), false),
    ("valkeys", Address::Hosts(Formation::Standalone), true),
    ("redis+sentinel", Address::Hosts(Formation::Sentinel), false),
    ("rediss+sentinel", Address::Hosts(Formation::Sentinel), true),
    ("redis+cluster", Address::Hosts(Formation::Cluster), false),
    ("rediss+cluster", Address::Hosts(Formation::Cluster), true),
    ("redis+unix", Address::Socket, false),
    ("valkey+unix", Address::Socket, false),
    ("unix", Address::Socket, false),
];

/// What stands after the scheme.
#[derive(Clone, Copy)]
enum Address {
    /// Hosts, and a path with the database.
    Hosts(Formation),
    /// The path of a socket.
    Socket,
}

/// Reads `url`; errors call it `label`.
pub(super) fn parse(url: &str, label: &'static str) -> Result<Layer> {
    Parser { label, layer: Layer::default() }.parse(url)
}

struct Parser {
    label: &'static str,
    layer: Layer,
}

impl Parser {
    fn parse(mut self, url: &str) -> Result<Layer> {
        if url.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return self.refuse("has a space, a line break or another control character in it");
        }
        let Some((scheme, rest)) = url.split_once("://") else {
            return self.refuse("does not begin with a scheme, such as redis://");
        };
        let scheme = scheme.to_ascii_lowercase();
        let Some((_, kind, tls)) = SCHEMES.iter().find(|(name, ..)| *name == scheme) else {
            let schemes: Vec<_> = SCHEMES.iter().map(|(name, ..)| *name).collect();
            return self.refuse(&format!("has none of the schemes {}", schemes.join(", ")));
        };
        let formation = match kind {
            Address::Hosts(formation) => *formation,
            Address::Socket => Formation::Standalone,
        };
        if rest.contains('#') {
            return self
                .refuse("has a '#' in it: in a password write %23; and verification cannot be switched off");
        }
        let (address, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = address.split_once('/').unwrap_or((address, ""));
        if path.contains('@') || query.contains('@') {
            return self
                .refuse("has an '@' after its hosts: in a password write %2F for '/' and %3F for '?'");
        }
        self.layer.formation = Some(formation);
        if *tls {
            self.set("tls", "true", "scheme")?;
        }
        let hosts = match authority.rsplit_once('@') {
            Some((login, hosts)) => {
                self.login(login, formation)?;
                hosts
            }
            None => authority,
        };
        match kind {
            Address::Hosts(_) => {
                self.hosts(hosts, formation)?;
                self.path(path, formation)?;
            }
            Address::Socket => self.socket(hosts, path)?,
        }
        self.query(query)?;
        Ok(self.layer)
    }

    fn login(&mut self, login: &str, formation: Formation) -> Result<()> {
        if login.contains('@') && formation != Formation::Standalone {
            return self
                .refuse("has more than one '@': credentials stand before the first host, for all of them");
        }
        let (username, password) = login.split_once(':').unwrap_or((login, ""));
        for (name, text, part) in [("username", username, "user name"), ("password", password, "password")] {
            if !text.is_empty() {
                self.set(name, &self.decode(text, part)?, part)?;
            }
        }
        Ok(())
    }

    fn hosts(&mut self, hosts: &str, formation: Formation) -> Result<()> {
        let hosts = self.decode(hosts, "host")?;
        match formation {
            Formation::Sentinel => self.host_list("topology.sentinel.nodes", &hosts, SENTINEL_PORT),
            Formation::Cluster => self.host_list("topology.cluster.nodes", &hosts, REDIS_PORT),
            Formation::Standalone if hosts.contains(',') => {
                self.refuse("has several hosts: that needs redis+sentinel:// or redis+cluster://")
            }
            Formation::Standalone if hosts.is_empty() => self.refuse("has no host"),
            Formation::Standalone => match Node::parse(&hosts, REDIS_PORT) {
                Ok(Node { host, port }) => {
                    self.set("topology.standalone.host", &host, "host")?;
                    self.set("topology.standalone.port", &port.to_string(), "port")
                }
                Err(problem) => self.refuse_part("address", problem),
            },
        }
    }

    /// Checked at once: what follows a broken list may be the rest of a password, not option names.
    fn host_list(&mut self, field: &'static str, hosts: &str, default_port: u16) -> Result<()> {
        match Node::parse_list(hosts, default_port) {
            Ok(_) => self.set(field, hosts, "host list"),
            Err(problem) => self.refuse_part("host list", problem),
        }
    }

    fn path(&mut self, path: &str, formation: Formation) -> Result<()> {
        let mut db = path;
        if formation == Formation::Sentinel {
            let (service, rest) = path.split_once('/').unwrap_or((path, ""));
            if !service.is_empty() {
                self.set(
                    "topology.sentinel.service",
                    &self.decode(service, "service name")?,
                    "service name",
                )?;
            }
            db = rest;
        }
        match db.strip_suffix('/').unwrap_or(db) {
            "" => Ok(()),
            db => self.set("db", db, "database"),
        }
    }

    fn socket(&mut self, host: &str, path: &str) -> Result<()> {
        if !host.is_empty() {
            return self.refuse("has a host before the path of a socket: write three slashes, unix:///path");
        }
        let path = format!("/{}", self.decode(path, "path")?);
        self.set("topology.standalone.host", &path, "path")
    }

    fn query(&mut self, query: &str) -> Result<()> {
        let mut seen = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, text) = pair.split_once('=').unwrap_or((pair, ""));
            let Some(field) = fields::all().find(|field| field.option == Some(name)) else {
                let meant = spelling::meant_option(name);
                let hint = meant.map_or_else(String::new, |meant| format!(": is \"{meant}\" meant?"));
                return self.refuse(&format!("has an unknown option \"{}\"{hint}", escape(name.as_bytes())));
            };
            if seen.contains(&name) {
                return self.refuse(&format!("has the option \"{name}\" twice"));
            }
            seen.push(name);
            if self.layer.settings.iter().any(|setting| std::ptr::eq(setting.field, field)) {
                return self.refuse(&format!("states the option \"{name}\" elsewhere as well"));
            }
            let text = self.decode(text, "option")?;
            let origin = Cow::Owned(format!("option {name} in {}", self.label));
            self.layer.settings.push(Setting {
                field,
                text: text.into_owned().into(),
                origin,
                set: field.set,
            });
        }
        Ok(())
    }

    fn set(&mut self, name: &'static str, text: &str, part: &str) -> Result<()> {
        let Some(field) = Field::named(name) else {
            return self.refuse("cannot state this setting");
        };
        let origin = Cow::Owned(format!("the {part} in {}", self.label));
        self.layer.settings.push(Setting { field, text: text.into(), origin, set: field.set });
        Ok(())
    }

    fn decode<'a>(&self, text: &'a str, part: &str) -> Result<Cow<'a, str>> {
        percent::decode(text).or_else(|problem| self.refuse_part(part, problem))
    }

    fn refuse<T>(&self, problem: &str) -> Result<T> {
        Err(Error::config(format!("{} {problem}", self.label)))
    }

    fn refuse_part<T>(&self, part: &str, problem: &str) -> Result<T> {
        Err(Error::config(format!("the {part} in {} {problem}", self.label)))
    }
}
