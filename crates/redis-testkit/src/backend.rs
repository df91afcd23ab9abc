//! Where servers come from.

use std::{
    env,
    fmt::Debug,
    fs,
    net::{Ipv4Addr, TcpListener},
    path::PathBuf,
};

use crate::{Error, options::Options};

#[cfg(feature = "container")]
pub(crate) mod container;
pub(crate) mod process;

/// Where servers come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Backend {
    /// A server binary, run as a child of the test.
    Process,
    /// An image, run by Docker. Needs the cargo feature `container`.
    Container,
}

/// One server, running or not, and how to run it again on the same port with the same files. Dropping it leaves
/// nothing behind.
pub(crate) trait Engine: Debug + Send + Sync {
    fn start(&self) -> Result<(), Error>;
    fn kill(&self) -> Result<(), Error>;
    fn freeze(&self) -> Result<(), Error>;
    fn thaw(&self) -> Result<(), Error>;
    /// Stops the server in good order, or else not; nothing if it is not running.
    fn terminate(&self) -> Result<(), Error>;
    fn is_running(&self) -> bool;
    fn process_id(&self) -> Option<u32>;
    /// The end of the log.
    fn log(&self) -> String;
}

/// The decision, with what it takes to follow it.
#[derive(Debug)]
pub(crate) enum Choice {
    Process(PathBuf),
    /// Whether it was asked for by name.
    Container(bool),
}

impl Choice {
    pub(crate) fn make(options: &Options) -> Result<Self, Error> {
        let wanted = match options.backend {
            Some(backend) => Some(backend),
            None => named(&env::var("TESTKIT_BACKEND").unwrap_or_default())?,
        };
        match wanted {
            Some(Backend::Process) => binary().map(Self::Process),
            Some(Backend::Container) if cfg!(feature = "container") => Ok(Self::Container(true)),
            Some(Backend::Container) => {
                Err(no_backend("a container is asked for, and this build lacks the feature `container`"))
            }
            None => match binary() {
                Err(_) if cfg!(feature = "container") => Ok(Self::Container(false)),
                found => found.map(Self::Process),
            },
        }
    }
}

fn named(backend: &str) -> Result<Option<Backend>, Error> {
    match backend {
        "" => Ok(None),
        "process" => Ok(Some(Backend::Process)),
        "container" => Ok(Some(Backend::Container)),
        other => Err(no_backend(format!("TESTKIT_BACKEND={other} is neither `process` nor `container`"))),
    }
}

fn binary() -> Result<PathBuf, Error> {
    let named = env::var("REDIS_SERVER_BIN").ok().filter(|name| !name.is_empty());
    let candidates = match &named {
        Some(name) => vec![name.as_str()],
        None => vec!["redis-server", "valkey-server"],
    };
    let path = env::var_os("PATH").unwrap_or_default();
    candidates
        .iter()
        // Joining an absolute name yields that name.
        .flat_map(|name| env::split_paths(&path).map(move |folder| folder.join(name)))
        .chain(named.as_ref().filter(|name| name.contains('/')).map(PathBuf::from))
        .find(|file| fs::metadata(file).is_ok_and(|metadata| metadata.is_file()))
        .ok_or_else(|| {
            no_backend(match &named {
                Some(name) => format!("REDIS_SERVER_BIN={name} is not a file, nor on PATH"),
                None => "neither redis-server nor valkey-server is on PATH".to_owned(),
            })
        })
}

/// Returns a port that was free a moment ago. Another process may take it meanwhile.
pub(crate) fn free_port() -> Result<u16, Error> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(Error::io("find a free port"))
}

pub(crate) fn no_backend(reason: impl Into<String>) -> Error {
    Error::NoBackend { reason: reason.into() }
}

/// The last lines of a log, as many as help.
pub(crate) fn tail(log: &[u8]) -> String {
    let text = String::from_utf8_lossy(log);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(25)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backend_is_named_exactly() {
        assert_eq!(named("").unwrap(), None);
        assert_eq!(named("process").unwrap(), Some(Backend::Process));
        assert_eq!(named("container").unwrap(), Some(Backend::Container));
        let message = named("docker").unwrap_err().to_string();
        assert!(message.contains("REDIS_SERVER_BIN") && message.contains("TESTKIT_BACKEND=container"));
    }

    #[test]
    fn a_tail_is_the_end() {
        let log: String = (0..100).map(|line| format!("{line}\n")).collect();
        let tail = tail(log.as_bytes());
        assert!(tail.starts_with("75\n") && tail.ends_with("\n99"));
    }
}
