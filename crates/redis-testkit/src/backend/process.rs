use std::{
    fs::{self, File},
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Mutex,
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};
use tempfile::TempDir;

use super::{Engine, tail};
use crate::{
    Error,
    access::Access,
    configuration::{ListenAddress, render},
    lock::lock,
    options::Options,
};

/// How long a server may take for a graceful shutdown.
const FAREWELL: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(2);

/// A server as a child process, with its folder.
#[derive(Debug)]
pub(crate) struct Process {
    program: PathBuf,
    folder: TempDir,
    /// Locked while a signal is sent, so that no other thread reaps the child and frees its id in between.
    child: Mutex<Option<Child>>,
}

impl Process {
    /// Prepares a server on `port`; nothing runs yet.
    pub(crate) fn prepare(
        program: &Path,
        options: &Options,
        access: &mut Access,
        port: u16,
    ) -> Result<Self, Error> {
        let folder = tempfile::Builder::new()
            .prefix("redis-testkit-")
            .tempdir()
            .map_err(Error::io("create a temporary folder"))?;
        let tls = options.tls.as_ref().map(|tls| {
            let identity = tls.certificates.server(tls.presents);
            [tls.certificates.authority(), identity.certificate(), identity.key()]
                .map(|path| path.to_string_lossy().into_owned())
        });
        let place = ListenAddress { port, bind: "127.0.0.1", folder: &folder.path().to_string_lossy(), tls };
        let configuration = render(options, &place, access.password.as_deref());
        fs::write(folder.path().join("redis.conf"), configuration)
            .map_err(Error::io("write the configuration"))?;
        access.addresses = vec![SocketAddr::from((Ipv4Addr::LOCALHOST, port))];
        Ok(Self { program: program.to_owned(), folder, child: Mutex::new(None) })
    }

    /// Sends a signal to the child, and only if it is not reaped: until then no other process can have its id.
    fn signal(&self, signal: Signal) -> Result<(), Error> {
        let mut child = lock(&self.child);
        let child = alive(&mut child).ok_or(Error::NotRunning)?;
        let id = Pid::from_child(child);
        kill_process(id, signal).map_err(|error| Error::io("send a signal")(error.into()))?;
        if signal == Signal::STOP {
            // Delivery takes a moment; a frozen server must not answer once more. Nothing is reaped here (NOWAIT).
            let stopped_or_gone = WaitIdOptions::STOPPED | WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
            waitid(WaitId::Pid(id), stopped_or_gone)
                .map_err(|error| Error::io("wait for the server to stop")(error.into()))?;
        }
        Ok(())
    }

    fn log_file(&self) -> PathBuf {
        self.folder.path().join("server.log")
    }
}

impl Engine for Process {
    fn start(&self) -> Result<(), Error> {
        let log = File::create(self.log_file()).map_err(Error::io("create the server's log"))?;
        let errors = log.try_clone().map_err(Error::io("create the server's log"))?;
        let child = Command::new(&self.program)
            .arg(self.folder.path().join("redis.conf"))
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors)
            .spawn()
            .map_err(Error::io(format!("start {}", self.program.display())))?;
        *lock(&self.child) = Some(child);
        Ok(())
    }

    fn kill(&self) -> Result<(), Error> {
        self.signal(Signal::KILL)?;
        match lock(&self.child).take() {
            Some(mut child) => child.wait().map(drop).map_err(Error::io("reap the server")),
            None => Ok(()),
        }
    }

    fn freeze(&self) -> Result<(), Error> {
        self.signal(Signal::STOP)
    }

    fn thaw(&self) -> Result<(), Error> {
        self.signal(Signal::CONT)
    }

    fn terminate(&self) -> Result<(), Error> {
        if self.thaw().and_then(|()| self.signal(Signal::TERM)).is_err() {
            return Ok(());
        }
        let start = Instant::now();
        while self.is_running() {
            if start.elapsed() > FAREWELL {
                return self.kill();
            }
            thread::sleep(PAUSE);
        }
        Ok(())
    }

    fn is_running(&self) -> bool {
        alive(&mut lock(&self.child)).is_some()
    }

    fn process_id(&self) -> Option<u32> {
        alive(&mut lock(&self.child)).map(|child| child.id())
    }

    fn log(&self) -> String {
        tail(&fs::read(self.log_file()).unwrap_or_default())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // The child may have ended by itself; either way it is reaped, and its folder goes next.
        let _ = self.terminate();
    }
}

/// The child if it still runs; reaps and forgets it if not.
fn alive(child: &mut Option<Child>) -> Option<&mut Child> {
    if child.as_mut()?.try_wait().is_ok_and(|status| status.is_some()) {
        *child = None;
    }
    child.as_mut()
}
