use std::{
    env, fmt,
    io::{self, BufWriter, IsTerminal, Stdout, Write},
};

use clap::ColorChoice;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use serde::Serialize;

use crate::{
    failure::{Failure, Result},
    json,
};

/// Where a command writes its results.
pub(crate) struct Output {
    to: BufWriter<Stdout>,
    pub(crate) is_json: bool,
    pub(crate) paint: Paint,
    /// For standard error.
    pub(crate) complaints: Paint,
}

impl Output {
    pub(crate) fn new(is_json: bool, color: ColorChoice) -> Self {
        Self {
            to: BufWriter::new(io::stdout()),
            is_json,
            paint: Paint::new(color, &io::stdout()),
            complaints: Paint::new(color, &io::stderr()),
        }
    }

    pub(crate) fn line(&mut self, text: impl fmt::Display) -> Result<()> {
        Ok(writeln!(self.to, "{text}")?)
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> Result<()> {
        Ok(self.to.write_all(bytes)?)
    }

    /// One document, in one line.
    pub(crate) fn json(&mut self, document: &impl Serialize) -> Result<()> {
        self.line(json::line(document))
    }

    pub(crate) fn flush(&mut self) -> Result<()> {
        Ok(self.to.flush()?)
    }

    pub(crate) fn is_terminal(&self) -> bool {
        io::stdout().is_terminal()
    }

    /// Whether the reader has closed it, which otherwise only a write notices.
    pub(crate) fn is_closed(&self) -> bool {
        let stdout = io::stdout();
        let mut polled = [PollFd::new(&stdout, PollFlags::empty())];
        let now = Timespec { tv_sec: 0, tv_nsec: 0 };
        poll(&mut polled, Some(&now)).is_ok() && polled[0].revents().contains(PollFlags::ERR)
    }

    /// Prints a remark for people, on standard error.
    pub(crate) fn remark(&self, text: impl fmt::Display) {
        if !self.is_json {
            drop(writeln!(io::stderr(), "{text}"));
        }
    }

    pub(crate) fn explain(&mut self, failure: &Failure) {
        // Earlier results come first.
        drop(self.to.flush());
        if failure.is_quiet {
            return;
        }
        let text = if self.is_json {
            #[derive(Serialize)]
            struct Document<'a> {
                error: &'a Failure,
            }
            json::line(&Document { error: failure })
        } else {
            let mut text = format!("{} {}", self.complaints.bad("error:"), failure.message);
            if let Some(hint) = &failure.hint {
                text += &format!("\n{} {hint}", self.complaints.faint("hint:"));
            }
            text
        };
        drop(writeln!(io::stderr(), "{text}"));
    }
}

/// Colours, or none.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paint {
    is_on: bool,
}

impl Paint {
    /// Follows the argument; if that is `auto`, `NO_COLOR` and the terminal.
    fn new(color: ColorChoice, to: &impl IsTerminal) -> Self {
        let is_set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
        let is_on = match color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => to.is_terminal() && !is_set("NO_COLOR") && !is_dumb(),
        };
        Self { is_on }
    }

    pub(crate) fn good(self, text: impl fmt::Display) -> String {
        self.with("32", text)
    }

    pub(crate) fn bad(self, text: impl fmt::Display) -> String {
        self.with("31", text)
    }

    pub(crate) fn notable(self, text: impl fmt::Display) -> String {
        self.with("33", text)
    }

    pub(crate) fn strong(self, text: impl fmt::Display) -> String {
        self.with("1", text)
    }

    pub(crate) fn faint(self, text: impl fmt::Display) -> String {
        self.with("2", text)
    }

    fn with(self, code: &str, text: impl fmt::Display) -> String {
        if self.is_on { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_string() }
    }
}

/// Whether the terminal knows no control sequences.
pub(crate) fn is_dumb() -> bool {
    env::var_os("TERM").is_some_and(|term| term == "dumb")
}

/// A number of things: `1 byte`, `2 bytes`.
pub(crate) fn counted(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// A foreign text in one line, with control characters escaped: they could control the terminal.
pub(crate) fn plain(text: &str) -> String {
    text.chars().flat_map(|c| if c.is_control() { c.escape_default().collect() } else { vec![c] }).collect()
}
