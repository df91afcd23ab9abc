use std::{
    hash::{BuildHasher, RandomState},
    iter,
    net::SocketAddr,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use rustls::ClientConfig;

use crate::{Error, Inspector, Value, backend::Engine, options::Options, tls};

/// The ACL user under which the testkit logs in; it shows in `ACL LIST`.
pub const INSPECTOR_USER: &str = "redis-testkit";

/// How long an inspector waits for a connection, and for each reply.
const PATIENCE: Duration = Duration::from_secs(5);
/// The same while the server comes up, when silence means to try again.
const FIRST_PATIENCE: Duration = Duration::from_millis(500);
const PAUSE: Duration = Duration::from_millis(5);

/// What is needed to reach one server with all rights.
#[derive(Clone)]
pub(crate) struct Access {
    /// Where it may be, in order of preference; one only once the server was reached.
    pub(crate) addresses: Vec<SocketAddr>,
    tls: Option<Arc<ClientConfig>>,
    pub(crate) password: Option<String>,
}

impl Access {
    pub(crate) fn new(options: &Options) -> Result<Self, Error> {
        let tls = match &options.tls {
            Some(tls) => {
                let certificates = &tls.certificates;
                Some(tls::pinned(certificates.server(tls.presents), certificates.client())?)
            }
            None => None,
        };
        let own_user = !options.directives.iter().any(|(name, _)| name.eq_ignore_ascii_case("aclfile"));
        Ok(Self { addresses: Vec::new(), tls, password: own_user.then(password) })
    }

    pub(crate) fn open(&self, address: SocketAddr) -> Result<Inspector, Error> {
        self.log_in(address, PATIENCE)
    }

    /// Waits until the server answers `PING`, and returns where it did.
    ///
    /// The login is what makes sure that it is this server: another one on a port lost to a race refuses the password.
    pub(crate) fn await_ready(&self, engine: &dyn Engine, patience: Duration) -> Result<SocketAddr, Error> {
        let start = Instant::now();
        for &address in self.addresses.iter().cycle() {
            let met = match self.ping(address) {
                Ok(()) => return Ok(address),
                Err(error) => error,
            };
            let running = engine.is_running();
            if !running || start.elapsed() > patience {
                let reason = if running { format!("{met:?}") } else { "it exited".to_owned() };
                return Err(Error::NotReady { address, waited: start.elapsed(), reason, log: engine.log() });
            }
            thread::sleep(PAUSE);
        }
        Err(Error::NoBackend { reason: "the server has no address".to_owned() })
    }

    /// An error, `LOADING` too, means not yet.
    fn ping(&self, address: SocketAddr) -> Result<(), Error> {
        self.log_in(address, FIRST_PATIENCE)?.text(&["PING"]).map(drop)
    }

    fn log_in(&self, address: SocketAddr, patience: Duration) -> Result<Inspector, Error> {
        let mut inspector = Inspector::connect(address, self.tls.as_ref(), patience)?;
        if let Some(password) = &self.password {
            match inspector.call(&["AUTH", INSPECTOR_USER, password])? {
                Value::Simple(_) => {}
                other => return Err(Error::Reply(format!("{other:?} to AUTH"))),
            }
        }
        Ok(inspector)
    }
}

/// Enough to tell one server from another; it guards no secret.
fn password() -> String {
    iter::repeat_with(|| format!("{:016x}", RandomState::new().hash_one(0))).take(2).collect()
}
