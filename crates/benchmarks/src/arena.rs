//! Where it takes place: one server and one runtime, the same for all.

use std::{rc::Rc, time::Duration};

use redis_testkit::{Options, Server};
use tokio::runtime::{Builder, Runtime};

use crate::{
    failure::{Failure, Result},
    load::Keys,
    peers::{ASYNC, AsyncDriver, BLOCKING, BlockingDriver, open_async, open_blocking},
};

/// As many users are stored, and read in turn.
pub(crate) const USERS: u64 = 1000;

pub(crate) struct Arena {
    // Before the server: what runs on it is still connected.
    pub(crate) runtime: Runtime,
    pub(crate) keys: Keys,
    pub(crate) server: Server,
}

impl Arena {
    pub(crate) fn open() -> Result<Self> {
        let options = Options::default()
            .with_config("enable-debug-command", "yes")
            .with_config("notify-keyspace-events", "Ktgxe")
            .with_ready_within(Duration::from_secs(30));
        let server = Server::start(options)?;
        let keys = Keys::new(USERS);
        let mut cli = server.cli()?;
        for (key, user) in keys.read.iter().zip(keys.users.iter()) {
            cli.text(&[b"SET".as_slice(), key.as_bytes(), &user.to_json()?])?;
        }
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        Ok(Self { runtime, keys, server })
    }

    /// Every async client, connected to `url` and checked.
    pub(crate) fn open_async(&self, url: &str) -> Result<Vec<Rc<dyn AsyncDriver>>> {
        let open = |name: &&str| {
            let client = self.runtime.block_on(open_async(name, url))?;
            client.check(&self.runtime, &self.keys)?;
            Ok(Rc::from(client))
        };
        ASYNC
            .iter()
            .map(|name| open(name).map_err(|error: Failure| format!("{name}: {error}").into()))
            .collect()
    }

    /// Every blocking client, connected and checked.
    pub(crate) fn open_blocking(&self) -> Result<Vec<Rc<dyn BlockingDriver>>> {
        let open = |name: &&str| {
            let client = open_blocking(name, &self.server.url())?;
            client.check(&self.keys)?;
            Ok(Rc::from(client))
        };
        BLOCKING
            .iter()
            .map(|name| open(name).map_err(|error: Failure| format!("{name}: {error}").into()))
            .collect()
    }

    /// The server's version: of Redis the numbers alone.
    pub(crate) fn version(&self) -> String {
        let version = self.server.version().to_string();
        version.strip_prefix("Redis ").map(str::to_owned).unwrap_or(version)
    }

    /// The processor, for the results.
    pub(crate) fn machine() -> String {
        let cores = std::thread::available_parallelism().map_or(0, usize::from);
        let information = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = information.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
        format!("{cores} cores, {}", model.map_or(std::env::consts::ARCH, |(_, model)| model))
    }
}
