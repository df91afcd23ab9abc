use std::{
    io::{self, IsTerminal, Write},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, RecvTimeoutError},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use crate::output::is_dumb;

/// Shows the current step on the terminal while it takes long; nothing if it is quick, or there is no terminal.
pub(crate) struct Progress {
    step: Arc<Mutex<(String, Instant)>>,
    running: Option<(mpsc::Sender<()>, JoinHandle<()>)>,
}

/// How long a command may take without showing its step.
const PATIENCE: Duration = Duration::from_millis(400);

const TICK: Duration = Duration::from_millis(100);

impl Progress {
    pub(crate) fn start(is_json: bool, step: impl Into<String>) -> Self {
        let step = Arc::new(Mutex::new((step.into(), Instant::now())));
        let is_wanted = io::stderr().is_terminal() && !is_json && !is_dumb();
        let running = is_wanted.then(|| {
            let (end, ended) = mpsc::channel();
            let step = Arc::clone(&step);
            (end, thread::spawn(move || show(&step, &ended)))
        });
        Self { step, running }
    }

    pub(crate) fn step(&self, step: impl Into<String>) {
        *self.step.lock().unwrap_or_else(PoisonError::into_inner) = (step.into(), Instant::now());
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((end, thread)) = self.running.take() {
            drop(end);
            // A panic there does not affect the command.
            drop(thread.join());
        }
    }
}

fn show(step: &Mutex<(String, Instant)>, ended: &mpsc::Receiver<()>) {
    let started = Instant::now();
    let mut is_shown = false;
    while ended.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
        if started.elapsed() < PATIENCE {
            continue;
        }
        let (what, since) = step.lock().unwrap_or_else(PoisonError::into_inner).clone();
        is_shown = true;
        drop(write!(io::stderr(), "\r\x1b[K{what} … {} s", since.elapsed().as_secs()));
    }
    if is_shown {
        drop(write!(io::stderr(), "\r\x1b[K"));
    }
}
