use std::{fmt, net::SocketAddr, time::Duration};

use crate::access::Access;
#[cfg(feature = "container")]
use crate::backend::container::Container;
use crate::{
    Certificates, Error, Inspector, Options, Value, Version,
    backend::{Choice, Engine, free_port, no_backend, process::Process},
};

/// How often another process may take the port before that is an error.
const ATTEMPTS: usize = 10;

/// A private server, reachable from this machine only (a container: by its published port), stopped when dropped.
///
/// All methods take `&self`: share it between threads and tasks as you like.
///
/// ```no_run
/// # fn main() -> Result<(), redis_testkit::Error> {
/// use redis_testkit::{Options, Server};
///
/// let server = Server::start(Options::default().with_persistence(true))?;
/// // ... connect the code under test to `server.url()`, and let it write ...
/// server.kill()?;
/// server.restart()?;
/// assert_eq!(server.cli()?.text(&["GET", "key"])?, "value");
/// # Ok(())
/// # }
/// ```
pub struct Server {
    // Before `options`, whose certificates the server reads.
    engine: Box<dyn Engine>,
    address: SocketAddr,
    access: Access,
    version: Version,
    options: Options,
}

impl Server {
    /// Starts a server and returns once it answers `PING`.
    ///
    /// # Errors
    ///
    /// [`Error::NoBackend`] if there is neither binary nor container; [`Error::NotReady`], with the end of the server's
    /// log, if it did not come up; [`Error::Container`] and [`Error::Io`] for what fails below.
    pub fn start(options: Options) -> Result<Self, Error> {
        let choice = Choice::make(&options)?;
        let mut attempts = ATTEMPTS;
        loop {
            attempts -= 1;
            match Self::attempt(&choice, &options) {
                Err(error) if attempts > 0 && error.is_port_taken() => {}
                outcome => return outcome,
            }
        }
    }

    /// Returns the address at which it listens. It never changes.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the address without the port.
    pub fn host(&self) -> String {
        self.address.ip().to_string()
    }

    /// Returns the port. It never changes.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Returns the URL of database 0, with the password if there is one, `rediss` if there is TLS.
    pub fn url(&self) -> String {
        self.url_at(self.address)
    }

    /// Returns the same URL with another address, such as that of a [`Proxy`](crate::Proxy).
    pub fn url_at(&self, address: SocketAddr) -> String {
        match &self.options.password {
            Some(password) => self.compose("", password, address),
            None => format!("{}://{address}/0", self.scheme()),
        }
    }

    /// Returns the URL of database 0, for an ACL user.
    pub fn url_as(&self, user: &str, password: &str) -> String {
        self.compose(user, password, self.address)
    }

    /// Returns the certificates of a server with TLS.
    pub fn certificates(&self) -> Option<&Certificates> {
        self.options.tls.as_ref().map(|tls| &tls.certificates)
    }

    /// Returns the product and version that the server reports.
    pub fn version(&self) -> Version {
        self.version
    }

    /// Returns whether the server has this command, or subcommand (`CLIENT|SETINFO`): for tests of what only some
    /// servers can do. Better than the version, whose numbers mean other things on each product.
    ///
    /// # Errors
    ///
    /// As for [`cli`](Self::cli).
    pub fn has_command(&self, name: &str) -> Result<bool, Error> {
        match self.cli()?.call(&["COMMAND", "INFO", name])? {
            Value::Array(infos) => Ok(infos.iter().any(|info| matches!(info, Value::Array(_)))),
            other => Err(Error::Reply(format!("{other:?}"))),
        }
    }

    /// Opens a clean connection for assertions about the server's state.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if the server cannot be reached or is silent, [`Error::Reply`] if it refuses the login.
    pub fn cli(&self) -> Result<Inspector, Error> {
        self.access.open(self.address)
    }

    /// Ends the server at once (`SIGKILL`), frozen or not. Returns when it is gone.
    ///
    /// # Errors
    ///
    /// [`Error::NotRunning`], or what the system or the container engine says.
    pub fn kill(&self) -> Result<(), Error> {
        self.engine.kill()
    }

    /// Suspends the server (`SIGSTOP`, or a paused container); returns when it is suspended.
    ///
    /// The kernel goes on: it completes new connections and takes bytes, until its buffers are full.
    ///
    /// # Errors
    ///
    /// [`Error::NotRunning`], or what the system or the container engine says.
    pub fn freeze(&self) -> Result<(), Error> {
        self.engine.freeze()
    }

    /// Resumes a frozen server. It has no effect on one that is not frozen.
    ///
    /// # Errors
    ///
    /// [`Error::NotRunning`], or what the system or the container engine says.
    pub fn thaw(&self) -> Result<(), Error> {
        self.engine.thaw()
    }

    /// Shuts the server down gracefully if it runs (frozen or not), starts it again with the same port, configuration and
    /// folder, and returns once it answers `PING`. Data is lost unless [`Options::with_persistence`].
    ///
    /// # Errors
    ///
    /// As for [`start`](Self::start); another process may have taken the port.
    pub fn restart(&self) -> Result<(), Error> {
        self.engine.terminate()?;
        self.engine.start()?;
        self.access.await_ready(&*self.engine, self.patience()).map(drop)
    }

    /// Returns whether its process exists. A frozen server runs.
    pub fn is_running(&self) -> bool {
        self.engine.is_running()
    }

    /// Returns the id of the server's process while it runs, and `None` for a container.
    pub fn process_id(&self) -> Option<u32> {
        self.engine.process_id()
    }

    /// Returns the last lines of its log, for messages.
    pub fn log(&self) -> String {
        self.engine.log()
    }

    fn attempt(choice: &Choice, options: &Options) -> Result<Self, Error> {
        let port = free_port()?;
        let mut access = Access::new(options)?;
        let engine: Box<dyn Engine> = match choice {
            Choice::Process(program) => Box::new(Process::prepare(program, options, &mut access, port)?),
            Choice::Container(by_name) => container(*by_name, options, &mut access, port)?,
        };
        engine.start()?;
        let patience = patience(options, matches!(choice, Choice::Container(_)));
        let address = access.await_ready(&*engine, patience)?;
        access.addresses = vec![address];

        let info = access.open(address)?.text(&["INFO", "server"])?;
        let version = Version::parse(&info).ok_or_else(|| Error::Reply(format!("no version in {info:?}")))?;
        Ok(Self { engine, address, access, version, options: options.clone() })
    }

    fn patience(&self) -> Duration {
        patience(&self.options, self.engine.process_id().is_none())
    }

    fn compose(&self, user: &str, password: &str, address: SocketAddr) -> String {
        format!("{}://{}:{}@{address}/0", self.scheme(), escaped(user), escaped(password))
    }

    fn scheme(&self) -> &'static str {
        if self.options.tls.is_some() { "rediss" } else { "redis" }
    }
}

/// Leaves passwords out.
impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("address", &self.address)
            .field("version", &self.version)
            .field("engine", &self.engine)
            .finish_non_exhaustive()
    }
}

fn patience(options: &Options, container: bool) -> Duration {
    options.patience.unwrap_or(Duration::from_secs(if container { 30 } else { 10 }))
}

#[cfg(feature = "container")]
fn container(
    by_name: bool,
    options: &Options,
    access: &mut Access,
    port: u16,
) -> Result<Box<dyn Engine>, Error> {
    match Container::prepare(options, access, port) {
        Ok(container) => Ok(Box::new(container)),
        // The container was only a fallback: there is no server binary.
        Err(error) if !by_name && !error.is_port_taken() => {
            Err(no_backend(format!("there is no server binary on PATH, and {error}")))
        }
        Err(error) => Err(error),
    }
}

#[cfg(not(feature = "container"))]
fn container(_: bool, _: &Options, _: &mut Access, _: u16) -> Result<Box<dyn Engine>, Error> {
    Err(no_backend("this build lacks the feature `container`"))
}

/// Percent-encodes all but the characters that RFC 3986 calls unreserved.
fn escaped(text: &str) -> String {
    text.bytes().fold(String::new(), |mut escaped, byte| {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                escaped.push(char::from(byte));
            }
            _ => escaped.push_str(&format!("%{byte:02X}")),
        }
        escaped
    })
}
