//! A terminal, as a person has one.

use std::{
    ffi::OsStr,
    fs::{File, OpenOptions},
    io::{Read, Write},
    os::unix::ffi::OsStrExt,
    process::{Child, Command},
    sync::mpsc::{self, Receiver},
    thread,
    time::Instant,
};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::fixture::PATIENCE;

/// A command whose input, output and errors are a terminal.
pub(crate) struct Terminal {
    child: Child,
    keyboard: File,
    screen: Receiver<Vec<u8>>,
    shown: String,
}

impl Terminal {
    pub(crate) fn run(mut command: Command) -> Self {
        let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&ours).unwrap();
        unlockpt(&ours).unwrap();
        let name = ptsname(&ours, Vec::new()).unwrap();
        let name = OsStr::from_bytes(name.to_bytes());
        let theirs = OpenOptions::new().read(true).write(true).open(name).unwrap();
        let end = || theirs.try_clone().unwrap();
        let child = command.stdin(end()).stdout(end()).stderr(end()).spawn().unwrap();
        // With it goes the last handle of this process, so that reading ends when the command does.
        drop((command, theirs));
        let keyboard = File::from(ours);
        let mut screen = keyboard.try_clone().unwrap();
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(length @ 1..) = screen.read(&mut buffer) {
                if sender.send(buffer[..length].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self { child, keyboard, screen: receiver, shown: String::new() }
    }

    /// Waits until the terminal shows this.
    pub(crate) fn shows(&mut self, part: &str) {
        let until = Instant::now() + PATIENCE;
        while !self.shown.contains(part) {
            let more = self.screen.recv_timeout(until.saturating_duration_since(Instant::now()));
            let more = more.unwrap_or_else(|_| panic!("not shown: {part:?} in {:?}", self.shown));
            self.shown += &String::from_utf8_lossy(&more);
        }
    }

    pub(crate) fn types(&mut self, text: &str) {
        self.keyboard.write_all(text.as_bytes()).unwrap();
    }

    /// Waits for the end. Returns the exit code, and all that was shown.
    pub(crate) fn end(&mut self) -> (i32, String) {
        let until = Instant::now() + PATIENCE;
        while let Ok(more) = self.screen.recv_timeout(until.saturating_duration_since(Instant::now())) {
            self.shown += &String::from_utf8_lossy(&more);
        }
        assert!(Instant::now() < until, "it does not end: {}", self.shown);
        let code = self.child.wait().unwrap().code().unwrap();
        (code, self.shown.replace("\r\n", "\n"))
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
