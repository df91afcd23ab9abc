use std::{
    env,
    fs::OpenOptions,
    io::{self, Write},
    sync::{
        OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use crate::{Certificates, Error, Options, Server};

/// A file that gets a line for each test that was skipped: a test binary cannot say how many there were in the end.
const SKIPPED: &str = "TESTKIT_SKIPPED";

impl Certificates {
    /// Makes certificates for a test of a server with TLS, or returns `None` if the server that
    /// [`Server::start`] starts was built without: then the test is to return, as skipped.
    ///
    /// Each process asks a server once, and says on stderr once that tests are skipped. With `TESTKIT_SKIPPED=FILE`
    /// the name of each skipped test is appended to that file.
    ///
    /// # Errors
    ///
    /// As for [`Server::start`] and [`generate`](Self::generate).
    ///
    /// ```no_run
    /// # fn main() -> Result<(), redis_testkit::Error> {
    /// use redis_testkit::{Certificates, Options, Server};
    ///
    /// let Some(certificates) = Certificates::generate_if_supported()? else { return Ok(()) };
    /// let server = Server::start(Options::default().with_tls(&certificates))?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn generate_if_supported() -> Result<Option<Self>, Error> {
        if has_tls()? {
            return Self::generate().map(Some);
        }
        skipped();
        Ok(None)
    }
}

/// How the logs of servers that were built without TLS end: earlier ones do not know the setting.
const WITHOUT_TLS: [&str; 3] =
    ["Failed finding TLS support", "Missing implement of connection type tls", ">>> 'tls-port"];

/// Whether servers speak TLS.
fn has_tls() -> Result<bool, Error> {
    static ANSWER: OnceLock<bool> = OnceLock::new();
    if let Some(answer) = ANSWER.get() {
        return Ok(*answer);
    }
    let answer = match Server::start(Options::default().with_tls(&Certificates::generate()?)) {
        Ok(_) => true,
        Err(Error::NotReady { log, .. }) if WITHOUT_TLS.iter().any(|end| log.contains(end)) => false,
        Err(error) => return Err(error),
    };
    Ok(*ANSWER.get_or_init(|| answer))
}

fn skipped() {
    static SAID: AtomicBool = AtomicBool::new(false);
    if !SAID.swap(true, Ordering::Relaxed) {
        // Not by a macro, whose output is shown for failed tests only.
        let _ = writeln!(io::stderr(), "server without TLS: the tests that need it are skipped");
    }
    let Some(file) = env::var_os(SKIPPED).filter(|file| !file.is_empty()) else { return };
    let test = thread::current().name().unwrap_or("a test").to_owned() + "\n";
    let file = OpenOptions::new().append(true).create(true).open(file);
    // At most the count is wrong.
    let _ = file.and_then(|mut file| file.write_all(test.as_bytes()));
}
