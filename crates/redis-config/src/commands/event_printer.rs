//! Prints a watcher's events, for people and for programs.

use std::time::SystemTime;

use redis_config_store::{
    State, WatchEvent,
    read::Entry,
    status::Status,
    watch::{Change, KeyChange, Reset, WatchGap},
};
use serde::Serialize;

use super::{diff_printer, health::Description};
use crate::{
    difference::differences,
    failure::{Result, message_of, reason_word},
    output::{Output, counted, plain},
    place::Place,
    record::{Changed, Record, bytes},
    time,
};

pub(super) struct EventPrinter<'a> {
    pub(super) output: &'a mut Output,
    pub(super) namespace: &'a str,
    pub(super) place: &'a Place,
}

/// An event, as one line of JSON.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Line<'a> {
    Initial { namespace: &'a str, epoch: &'a str, revision: u64, keys: Vec<Record<'a>>, redis: &'a Place },
    Change { revision: u64, keys: Vec<Changed<'a>> },
    Gap { from: u64, revision: u64, skipped: u64, keys: Vec<Changed<'a>> },
    Reset { reason: String, epoch: &'a str, before: u64, revision: u64, keys: Vec<Changed<'a>> },
    Freshness { freshness: &'static str, meaning: &'a str, error: Option<String>, time: String },
}

impl EventPrinter<'_> {
    pub(super) fn event(&mut self, event: &WatchEvent) -> Result<()> {
        if self.output.is_json {
            return self.line(event);
        }
        match event {
            WatchEvent::Initial(state) => self.initial(state),
            WatchEvent::Change(change) => self.change(change),
            WatchEvent::Gap(gap) => self.gap(gap),
            WatchEvent::Reset(reset) => self.reset(reset),
            _ => Ok(()),
        }
    }

    fn line(&mut self, event: &WatchEvent) -> Result<()> {
        let line = match event {
            WatchEvent::Initial(state) => Line::Initial {
                namespace: self.namespace,
                epoch: state.epoch(),
                revision: state.revision(),
                keys: state.iter().map(|(key, entry)| Record::new(key, entry)).collect(),
                redis: self.place,
            },
            WatchEvent::Change(Change { revision, keys, .. }) => {
                Line::Change { revision: *revision, keys: keys.iter().map(Changed::new).collect() }
            }
            WatchEvent::Gap(WatchGap { from, state, keys, skipped, .. }) => Line::Gap {
                from: *from,
                revision: state.revision(),
                skipped: *skipped,
                keys: keys.iter().map(Changed::new).collect(),
            },
            WatchEvent::Reset(Reset { reason, before, after, keys, .. }) => Line::Reset {
                reason: reason_word(*reason),
                epoch: after.epoch(),
                before: before.revision(),
                revision: after.revision(),
                keys: keys.iter().map(Changed::new).collect(),
            },
            _ => return Ok(()),
        };
        self.output.json(&line)
    }

    fn initial(&mut self, state: &State) -> Result<()> {
        let (keys, revision) = (counted(state.len(), "key"), state.revision());
        let (namespace, place) = (self.namespace, self.place);
        let text = format!("watching {keys} of {namespace:?} at revision {revision}, in {place}");
        self.output.line(self.output.paint.faint(text))
    }

    fn change(&mut self, change: &Change) -> Result<()> {
        let newest = change.keys.iter().find_map(|key| key.after.as_deref());
        let when = newest.map_or_else(SystemTime::now, Entry::time);
        let mut head = format!("revision {}", change.revision);
        if let Some(entry) = newest {
            if !entry.author().is_empty() {
                head += &format!(", by {}", plain(entry.author()));
            }
            if !entry.message().is_empty() {
                head += &format!(": {}", plain(entry.message()));
            }
        }
        self.head(when, &head)?;
        self.keys(&change.keys)
    }

    fn gap(&mut self, gap: &WatchGap) -> Result<()> {
        let name = self.output.paint.notable("Gap");
        let WatchGap { from, state, skipped, .. } = gap;
        let text = format!(
            "{name}: revisions {} to {} were trimmed before they were read; not shown: {}",
            from + 1,
            state.revision(),
            counted(usize::try_from(*skipped).unwrap_or(usize::MAX), "version")
        );
        self.head(SystemTime::now(), &text)?;
        self.keys(&gap.keys)
    }

    fn reset(&mut self, reset: &Reset) -> Result<()> {
        let name = self.output.paint.bad(format!("Reset ({:?})", reset.reason));
        let (before, after) = (reset.before.revision(), reset.after.revision());
        let text = format!("{name}: {}; revision {before} -> {after}", reset.reason);
        self.head(SystemTime::now(), &text)?;
        self.keys(&reset.keys)
    }

    pub(super) fn freshness(
        &mut self,
        description: &Description,
        status: &Status,
        now: SystemTime,
    ) -> Result<()> {
        let Description { word, meaning } = description;
        let error = status.last_error.as_ref().filter(|_| matches!(*word, "Stale" | "NotReady"));
        let error = error.map(message_of);
        if self.output.is_json {
            let time = time::stamp(now);
            return self.output.json(&Line::Freshness { freshness: word, meaning, error, time });
        }
        let paint = self.output.paint;
        let name = if *word == "Fresh" { paint.good(word) } else { paint.notable(word) };
        let error = error.map_or_else(String::new, |error| format!(": {error}"));
        self.head(now, &format!("{name}: {meaning}{error}"))
    }

    fn head(&mut self, when: SystemTime, text: &str) -> Result<()> {
        let paint = self.output.paint;
        self.output.line(format!("{}  {text}", paint.faint(time::local(when))))
    }

    fn keys(&mut self, keys: &[KeyChange]) -> Result<()> {
        for change in keys {
            let paint = self.output.paint;
            let [before, after] = [&change.before, &change.after].map(|entry| entry.as_deref());
            let name = paint.strong(plain(&change.key));
            self.output.line(format!("  {name}  {} -> {}", version(before), version(after)))?;
            let found = differences(before.and_then(bytes), after.and_then(bytes));
            diff_printer::lines(&found, paint)
                .into_iter()
                .try_for_each(|line| self.output.line(format!("    {line}")))?;
        }
        Ok(())
    }
}

fn version(entry: Option<&Entry>) -> String {
    match entry {
        None => "nothing".to_owned(),
        Some(entry) if entry.is_deletion() => format!("{} (deleted)", entry.version().number),
        Some(entry) => match entry.restores() {
            Some(restored) => format!("{} (back to {restored})", entry.version().number),
            None => entry.version().number.to_string(),
        },
    }
}
