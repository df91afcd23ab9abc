use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::{Duration, Instant},
};

use redis_testkit::{Options, Server};
use serde_json::Value;
use tempfile::TempDir;

/// How long anything may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A server, a folder, and the tool for the namespace `billing` there.
pub(crate) struct Tool {
    pub(crate) server: Server,
    pub(crate) folder: TempDir,
    pub(crate) url: String,
}

impl Tool {
    pub(crate) fn new() -> Self {
        Self::on(Options::default().with_config("notify-keyspace-events", "Ktgxe"))
    }

    pub(crate) fn on(options: Options) -> Self {
        let server = Server::start(options).expect("a private Redis server");
        let url = server.url();
        Self { server, folder: TempDir::new().unwrap(), url }
    }

    /// In an environment that has nothing but what is stated here.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_redis-config"));
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap()).env("TMPDIR", self.folder.path());
        command
            .env("REDIS_URL", &self.url)
            .env("REDIS_CONFIG_NAMESPACE", "billing")
            .env("USER", "ada")
            .env("TERM", "dumb")
            .env("EDITOR", "true");
        command.current_dir(self.folder.path()).stdin(Stdio::null()).args(arguments);
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        Ran::from(self.command(arguments).output().unwrap())
    }

    /// What a command prints that does what it is asked for. It may begin the namespace.
    pub(crate) fn ok(&self, arguments: &[&str]) -> String {
        let ran = self.run(arguments);
        let remarks = ran.stderr.lines().filter(|line| !line.starts_with("new namespace: "));
        assert_eq!((ran.code, remarks.collect::<Vec<_>>()), (0, vec![]), "{arguments:?}: {}", ran.stdout);
        ran.stdout
    }

    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let printed = self.ok(&[&["--json"], arguments].concat());
        assert_eq!(printed.lines().count(), 1, "{printed}");
        serde_json::from_str(&printed).unwrap()
    }

    /// The error of a command that ends with this code.
    pub(crate) fn fails(&self, code: i32, arguments: &[&str]) -> Value {
        let ran = self.run(&[&["--json"], arguments].concat());
        ran.failed(code)
    }

    pub(crate) fn with_input(&self, arguments: &[&str], input: &[u8]) -> Ran {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        Ran::from(child.wait_with_output().unwrap())
    }

    /// Speaks to the server past the tool.
    pub(crate) fn redis(&self, arguments: &[&str]) {
        self.server.cli().unwrap().call(arguments).unwrap();
    }

    pub(crate) fn file(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn watch(&self, arguments: &[&str]) -> WatchProcess {
        WatchProcess::start(self.command(&[&["watch", "--interval", "200ms"], arguments].concat()))
    }
}

pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().expect("ended by itself"),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Ran {
    pub(crate) fn failed(&self, code: i32) -> Value {
        assert_eq!(self.code, code, "{} {}", self.stdout, self.stderr);
        let document: Value = serde_json::from_str(&self.stderr).unwrap();
        assert_eq!(document["error"]["exit"], code);
        document["error"].clone()
    }
}

/// `watch`, running.
pub(crate) struct WatchProcess {
    child: Child,
    lines: Receiver<String>,
}

impl WatchProcess {
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || stdout.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Self { child, lines }
    }

    /// The next line that has this in it.
    pub(crate) fn line(&self, part: &str) -> String {
        let until = Instant::now() + PATIENCE;
        loop {
            let line = self.lines.recv_timeout(until.saturating_duration_since(Instant::now()));
            let line = line.unwrap_or_else(|_| panic!("no line with {part:?}"));
            if line.contains(part) {
                return line;
            }
        }
    }

    /// The next event.
    pub(crate) fn event(&self) -> Value {
        serde_json::from_str(&self.line("")).unwrap()
    }

    /// The next event of this name.
    pub(crate) fn event_named(&self, name: &str) -> Value {
        serde_json::from_str(&self.line(&format!("{{\"event\":{name:?}"))).unwrap()
    }

    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        let id = i32::try_from(self.child.id()).unwrap();
        rustix::process::kill_process(rustix::process::Pid::from_raw(id).unwrap(), signal).unwrap();
    }

    /// How it ended, and what it complained about.
    pub(crate) fn end(mut self) -> (ExitStatus, String) {
        let until = Instant::now() + PATIENCE;
        while self.child.try_wait().unwrap().is_none() {
            assert!(Instant::now() < until, "it does not end");
            thread::sleep(Duration::from_millis(10));
        }
        let status = self.child.wait().unwrap();
        let complaints = std::io::read_to_string(self.child.stderr.take().unwrap()).unwrap();
        (status, complaints)
    }
}

impl Drop for WatchProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
