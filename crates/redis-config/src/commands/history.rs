use redis_config_store::read::Entry;
use serde::Serialize;

use crate::{
    connect::OpenStore,
    failure::{Failure, Result},
    json,
    output::{Output, counted},
    record::{Record, bytes},
    table::Table,
    time,
};

#[derive(Serialize)]
struct History<'a> {
    key: &'a str,
    versions: Vec<Record<'a>>,
}

pub(super) fn run(
    session: &OpenStore,
    output: &mut Output,
    key: &str,
    with_values: bool,
    limit: Option<usize>,
) -> Result<()> {
    let mut entries = session.store.history(key).map_err(Failure::reading)?;
    if entries.is_empty() {
        return Err(session.missing(key));
    }
    let oldest = entries.last().map_or(1, |entry| entry.version().number);
    let is_cut = limit.is_some_and(|limit| limit < entries.len());
    entries.truncate(limit.unwrap_or(usize::MAX));
    if output.is_json {
        let versions = entries.iter().map(|entry| Record::new(key, entry)).collect();
        return output.json(&History { key, versions });
    }
    let last = if with_values { "VALUE" } else { "" };
    let mut table = Table::new(["VERSION", "REVISION", "CHANGED", "BY", "WHAT", "MESSAGE", last]);
    for entry in &entries {
        let version = entry.version();
        let (number, revision) = (version.number.to_string(), version.revision.to_string());
        let value = bytes(entry).filter(|_| with_values).map(json::in_a_line).unwrap_or_default();
        let (author, message) = (entry.author().to_owned(), entry.message().to_owned());
        table.row([number, revision, time::local(entry.time()), author, what(entry), message, value]);
    }
    table.lines(output.paint).into_iter().try_for_each(|line| output.line(line))?;
    if oldest > 1 && !is_cut {
        output.remark(output.paint.faint("older versions are no longer in the log"));
    }
    Ok(())
}

fn what(entry: &Entry) -> String {
    match entry.restores() {
        _ if entry.is_deletion() => "deleted".to_owned(),
        Some(number) => format!("back to {number}"),
        None => format!("set, {}", counted(entry.bytes().len(), "byte")),
    }
}
