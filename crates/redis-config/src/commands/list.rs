use redis_config_store::read::Entry;
use serde::Serialize;

use crate::{
    connect::OpenStore,
    failure::{Failure, Result},
    json,
    output::Output,
    record::Record,
    table::Table,
    time,
};

#[derive(Serialize)]
struct Listed<'a> {
    namespace: &'a str,
    epoch: &'a str,
    revision: u64,
    keys: Vec<Record<'a>>,
}

pub(super) fn run(session: &OpenStore, output: &mut Output, prefix: &str, with_values: bool) -> Result<()> {
    let state = session.store.state().map_err(Failure::reading)?;
    let found = state.iter().filter(|(key, _)| key.starts_with(prefix));
    let found: Vec<(&str, &Entry)> = found.map(|(key, entry)| (key, &**entry)).collect();
    if output.is_json {
        let record = if with_values { Record::new } else { Record::without_value };
        let keys = found.iter().map(|(key, entry)| record(key, entry)).collect();
        let namespace = session.store.namespace();
        return output.json(&Listed { namespace, epoch: state.epoch(), revision: state.revision(), keys });
    }
    if found.is_empty() {
        output.remark("no keys");
        return Ok(());
    }
    let mut table =
        Table::new(["KEY", "VERSION", "CHANGED", "BY", if with_values { "VALUE" } else { "MESSAGE" }]);
    for (key, entry) in found {
        let last = if with_values { in_a_line(entry.bytes()) } else { entry.message().to_owned() };
        let version = entry.version().number.to_string();
        table.row([key.to_owned(), version, time::ago(entry.time()), entry.author().to_owned(), last]);
    }
    table.lines(output.paint).into_iter().try_for_each(|line| output.line(line))
}

fn in_a_line(value: &[u8]) -> String {
    match json::exactly(value) {
        Some(value) => json::compact(value.get()),
        None => String::from_utf8_lossy(value).into_owned(),
    }
}
