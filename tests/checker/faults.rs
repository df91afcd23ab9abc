//! Random faults during a run.

use std::{
    collections::BTreeMap,
    ops::Range,
    sync::Arc,
    thread::sleep,
    time::{Duration, Instant},
};

use redis_config_store::{ConfigStore, StoreOptions};
use redis_service::{RedisService, ServiceConfig};
use redis_testkit::{Direction, Error, Inspector, Options, Proxy, Scope, Server};

use crate::{
    archive::Archive,
    book::Book,
    history::{Outcome, Value, Work},
    plan::{FLAGS, FREE, HISTORY, KEYS, NAMESPACE},
};

/// A server, another that takes over from it, and the address behind which one of them is.
pub(crate) struct Servers {
    primary: Server,
    spare: Server,
    pub(crate) proxy: Proxy,
}

impl Servers {
    pub(crate) fn start() -> Result<Self, Error> {
        // Killed, they have all that they acknowledged. A replica does not wait for others.
        let options = Options::default()
            .with_persistence(true)
            .with_config("notify-keyspace-events", FLAGS)
            .with_config("repl-diskless-sync-delay", "0");
        let (primary, spare) = (Server::start(options.clone())?, Server::start(options)?);
        let proxy = Proxy::start(primary.address())?;
        Ok(Self { primary, spare, proxy })
    }

    pub(crate) fn cli(&self) -> Result<Inspector, Error> {
        self.primary.cli()
    }
}

/// Faults, one after another, each healed before the next.
pub(crate) struct Faults<'a> {
    servers: &'a mut Servers,
    book: Arc<Book>,
    archive: Archive,
    random: fastrand::Rng,
    counts: BTreeMap<&'static str, u64>,
}

/// How long a replica may take to catch up.
const PATIENCE: Duration = Duration::from_secs(10);

impl<'a> Faults<'a> {
    pub(crate) fn new(servers: &'a mut Servers, book: Arc<Book>, seed: u64) -> Self {
        let random = fastrand::Rng::with_seed(seed);
        Self { servers, book, archive: Archive::default(), random, counts: BTreeMap::new() }
    }

    /// Makes trouble until then, and leaves everything whole: first such that loses nothing, then flushes as well, then
    /// failovers. How often which trouble, and what the servers did meanwhile.
    pub(crate) fn run(mut self, until: Instant) -> Result<(BTreeMap<&'static str, u64>, Archive), Error> {
        let began = Instant::now();
        let time = until.saturating_duration_since(began);
        while Instant::now() < until {
            self.pause(50..250);
            let name = match began.elapsed() {
                elapsed if elapsed < time / 2 => self.strike()?,
                elapsed if elapsed < time * 3 / 4 => match self.random.u32(..4) {
                    0 => self.flush()?,
                    _ => self.strike()?,
                },
                _ => match self.random.u32(..2) {
                    0 => self.fail_over()?,
                    _ => self.harass()?,
                },
            };
            *self.counts.entry(name).or_default() += 1;
            self.servers.proxy.heal()?;
        }
        Ok((self.counts, self.archive))
    }

    /// Loses nothing.
    fn strike(&mut self) -> Result<&'static str, Error> {
        match self.random.u32(..12) {
            0..2 => {
                self.servers.primary.freeze()?;
                self.pause(50..900);
                self.servers.primary.thaw()?;
                Ok("server frozen")
            }
            2..4 => {
                self.archive.trim(&mut self.servers.cli()?)?;
                Ok("log trimmed")
            }
            4 => {
                self.servers.primary.kill()?;
                self.pause(20..300);
                self.servers.primary.restart()?;
                Ok("server killed")
            }
            5 => {
                let proxy = &self.servers.proxy;
                proxy.refuse()?;
                proxy.reset();
                self.pause(50..600);
                self.archive.trim(&mut self.servers.cli()?)?;
                Ok("log trimmed while no client could read")
            }
            _ => self.harass(),
        }
    }

    /// Loses nothing, and leaves server and log alone.
    fn harass(&mut self) -> Result<&'static str, Error> {
        let direction = [Direction::ToServer, Direction::ToClient][self.random.usize(..2)];
        let scope = [Scope::Existing, Scope::All, Scope::Once][self.random.usize(..3)];
        let (proxy, mut cli) = (&self.servers.proxy, self.servers.cli()?);
        match self.random.u32(..12) {
            0..3 => {
                cli.call(&["CLIENT", "KILL", "TYPE", "pubsub"])?;
                Ok("subscriptions killed")
            }
            3 => {
                cli.call(&["CLIENT", "KILL", "TYPE", "normal"])?;
                Ok("connections killed")
            }
            4..6 => {
                cli.call(&["CONFIG", "SET", "notify-keyspace-events", ""])?;
                self.pause(100..900);
                cli.call(&["CONFIG", "SET", "notify-keyspace-events", FLAGS])?;
                Ok("announcements switched off")
            }
            6..9 => {
                proxy.cut_after(direction, self.random.u64(..400), scope);
                self.pause(50..300);
                Ok("connections cut within a message")
            }
            9..11 => {
                proxy.black_hole(scope);
                self.pause(50..900);
                Ok("connections gone silent")
            }
            _ => {
                cli.call(&["SCRIPT", "FLUSH"])?;
                Ok("scripts forgotten")
            }
        }
    }

    fn flush(&mut self) -> Result<&'static str, Error> {
        let [current, log] = KEYS;
        let ways: [(&str, &[&str]); 3] = [
            ("flushed", &["FLUSHALL"]),
            ("database flushed", &["FLUSHDB"]),
            ("keys deleted", &["DEL", current, log]),
        ];
        let (name, command) = ways[self.random.usize(..ways.len())];
        let mut cli = self.servers.cli()?;
        self.book.lose();
        self.archive.lose(&mut cli, command)?;
        self.book.lose();
        Ok(name)
    }

    /// The spare has everything; is parted, so that the rest is lost; takes commits of its own; and takes over.
    fn fail_over(&mut self) -> Result<&'static str, Error> {
        let Servers { primary, spare, proxy } = &mut *self.servers;
        let (mut there, mut here) = (spare.cli()?, primary.cli()?);
        there.call(&["REPLICAOF", &primary.host(), &primary.port().to_string()])?;
        let began = Instant::now();
        while !there.text(&["INFO", "replication"])?.contains("master_link_status:up") {
            if began.elapsed() > PATIENCE {
                return Err(Error::Reply("the replica never caught up".to_owned()));
            }
            sleep(Duration::from_millis(5));
        }
        sleep(Duration::from_millis(self.random.u64(50..300)));
        self.book.lose();
        there.call(&["REPLICAOF", "NO", "ONE"])?;
        sleep(Duration::from_millis(self.random.u64(..300)));
        proxy.redirect(spare.address());
        proxy.refuse()?;
        proxy.reset();
        let rivals = self.random.u64(..16);
        rival(&self.book, &spare.url(), rivals);
        self.archive.fail_over(&mut here, &mut there)?;
        self.book.lose();
        std::mem::swap(primary, spare);
        Ok("failed over")
    }

    fn pause(&mut self, milliseconds: Range<u64>) {
        sleep(Duration::from_millis(self.random.u64(milliseconds)));
    }
}

/// Makes this number of commits on a server that no other client uses yet.
fn rival(book: &Book, url: &str, commits: u64) {
    let config = ServiceConfig::from_url(url).expect("the testkit's URL");
    let redis = RedisService::connect(config).expect("a healthy server");
    let options = StoreOptions::default().with_history(HISTORY);
    let store = ConfigStore::open_with(&redis, NAMESPACE, options).expect("a valid name");
    for _ in 0..commits {
        let token = format!("rival-{:x}", fastrand::u64(..));
        let call = book.begin(Work::Put, FREE[0], Some(&token));
        let version = store.put(FREE[0], &Value { token, count: 0 }).expect("a healthy server");
        let versions = vec![(FREE[0].to_owned(), version.number, version.digest.to_string())];
        book.end(call, Outcome::Done { revision: version.revision, versions, is_new: true });
    }
}
