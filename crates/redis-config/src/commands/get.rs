use std::io::{self, IsTerminal};

use redis_config_store::read::Entry;

use crate::{
    connect::OpenStore,
    failure::{Failure, Result},
    json,
    output::{Output, plain},
    record::Record,
    time,
};

pub(super) fn run(
    session: &OpenStore,
    output: &mut Output,
    key: &str,
    version: Option<u64>,
    is_string: bool,
) -> Result<()> {
    let entry = match version {
        Some(number) => session.store.entry_at(key, number).map(Some),
        None => session.store.entry(key).map(|entry| entry.as_deref().cloned()),
    };
    let entry = entry.map_err(Failure::reading)?;
    let entry = entry.filter(|entry| !entry.is_deletion()).ok_or_else(|| session.missing(key))?;
    if output.is_json {
        return output.json(&Record::new(key, &entry));
    }
    print(output, &entry, is_string)?;
    // On a terminal it helps; in a pipe it would be part of the value.
    if output.is_terminal() && io::stderr().is_terminal() {
        output.flush()?;
        output.remark(output.paint.faint(origin(&entry)));
    }
    Ok(())
}

fn print(output: &mut Output, entry: &Entry, is_string: bool) -> Result<()> {
    let Some(value) = json::exactly(entry.bytes()) else {
        return print_as_it_is(output, entry.bytes());
    };
    if is_string {
        let text: String = serde_json::from_str(value.get()).map_err(|_| {
            Failure::refused("the value is no JSON string").hint("without --string it is shown")
        })?;
        return print_as_it_is(output, text.as_bytes());
    }
    output.line(json::pretty(value.get()))
}

/// Prints bytes unchanged, but escaped on a terminal, which they might control.
fn print_as_it_is(output: &mut Output, bytes: &[u8]) -> Result<()> {
    if !output.is_terminal() {
        return output.bytes(bytes);
    }
    let text = String::from_utf8_lossy(bytes);
    // The prompt begins on a line of its own.
    let text = text.strip_suffix('\n').unwrap_or(&text);
    text.split('\n').try_for_each(|line| output.line(plain(line)))
}

fn origin(entry: &Entry) -> String {
    let version = entry.version();
    let mut text =
        format!("version {}, revision {}, {}", version.number, version.revision, time::ago(entry.time()));
    if !entry.author().is_empty() {
        text += &format!(", by {}", plain(entry.author()));
    }
    if !entry.message().is_empty() {
        text += &format!(": {}", plain(entry.message()));
    }
    text
}
