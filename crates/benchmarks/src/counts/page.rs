//! The page of counts: a section for each label.

use std::{fmt::Write, fs};

use super::{Api, Row};
use crate::{arena::Arena, failure::Result, load::Op, output};

const FILE: &str = "counts.md";
const HEAD: &str = "# Counts

What one typed operation costs the process that does it, written by `just count LABEL`: a section for each label. The
value is about 100 bytes of JSON; two allocations of each GET are its own two strings. *Allocations* and *bytes* are those
of all threads, reallocations included. *CPU* is processor time of all threads, user and system: it is noisy, more so on
shared cores. *Instructions* are those of user code as callgrind counts them, in a process with one thread and nothing
else to do; what the kernel does in `read` and `write` is not in them.
";

/// Writes the section named `label`, in place of what it was.
pub(super) fn write(label: &str, rows: &[Row], live_allocations: usize) -> Result<()> {
    let path = output::folder().join(FILE);
    let old = fs::read_to_string(&path).unwrap_or_default();
    fs::write(&path, with_section(&old, label, &section(rows, live_allocations)))?;
    println!("wrote {}", path.display());
    Ok(())
}

/// One row, as the table has it.
pub(super) fn line(row: &Row) -> String {
    let Row { peer, api, op, callers, allocations, bytes, processor, instructions } = row;
    let api = match api {
        Api::Async => "async",
        Api::Blocking => "blocking",
    };
    let op = match op {
        Op::Get => "GET",
        Op::Set => "SET",
    };
    let instructions = instructions.map_or_else(|| "not counted".to_owned(), |count| format!("{count:.0}"));
    let cpu = processor / 1e3;
    format!(
        "| {api} {op} | {callers} | {} {} | {allocations:.1} | {bytes:.0} | {cpu:.2} | {instructions} |",
        peer.name, peer.version
    )
}

fn section(rows: &[Row], live_allocations: usize) -> String {
    let mut text = format!("On {}.\n\n", Arena::machine());
    text += "| work | callers | client | allocations | bytes | CPU, µs | instructions |\n";
    text += "|---|--:|---|--:|--:|--:|--:|\n";
    for row in rows {
        let _ = writeln!(text, "{}", line(row));
    }
    let _ = writeln!(
        text,
        "\n`Live::load` of the configuration store, 100,000 times: {live_allocations} allocations."
    );
    text
}

fn with_section(page: &str, label: &str, section: &str) -> String {
    let mut sections = page.split("\n## ").skip(1).map(|old| old.split_once('\n').unwrap_or((old, "")));
    let mut text = HEAD.to_owned();
    let mut found = false;
    for (title, body) in sections.by_ref() {
        found |= title == label;
        let body = if title == label { section } else { body };
        let _ = write!(text, "\n## {title}\n\n{}\n", body.trim());
    }
    if !found {
        let _ = write!(text, "\n## {label}\n\n{}\n", section.trim());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_takes_the_place_of_its_former_self_only() {
        let page = with_section("", "before", "a\n");
        let page = with_section(&page, "after", "b");
        let page = with_section(&page, "before", "c");
        assert_eq!(page, format!("{HEAD}\n## before\n\nc\n\n## after\n\nb\n"));
    }
}
