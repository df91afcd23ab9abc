//! What is written of a run: `results.json`, a page and plots, all below `docs/benchmarks`.

mod goals;
mod page;
mod plot;

use std::fs;

use crate::{failure::Result, output, results::Results};

/// Works with a plot of their own, and its title.
const PLOTS: [(&str, &str); 3] = [
    ("async_get_typed", "Typed GET, async"),
    ("async_set_typed", "Typed SET, async"),
    ("blocking_get_typed", "Typed GET, blocking"),
];

pub(crate) fn write(results: &Results) -> Result<()> {
    let folder = output::folder();
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("results.json"), serde_json::to_string_pretty(results)? + "\n")?;
    fs::write(folder.join("results.md"), page::of(results))?;
    for (work, title) in PLOTS {
        let records: Vec<_> = results.lines.iter().filter(|record| record.work == work).collect();
        fs::write(folder.join(format!("{work}.svg")), plot::bars(title, &records))?;
    }
    println!("wrote {}", folder.display());
    Ok(())
}

/// A figure as people read it: three digits, thousands as k, millions as M.
fn readable(value: f64) -> String {
    let (value, suffix) = match value.abs() {
        size if size >= 999_500.0 => (value / 1e6, " M"),
        size if size >= 9_995.0 => (value / 1e3, " k"),
        _ => (value, ""),
    };
    let places = match value.abs() {
        size if size >= 99.95 => 0,
        size if size >= 9.995 => 1,
        _ => 2,
    };
    let text = format!("{value:.places$}");
    let text = if places > 0 && value.fract() == 0.0 { format!("{value:.0}") } else { text };
    text + suffix
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_three_digits() {
        let shown = [812_345.0, 1_234_567.0, 70_400.0, 9_876.5, 42.25, 2.0, 0.1234, 999_900.0].map(readable);
        assert_eq!(shown, ["812 k", "1.23 M", "70.4 k", "9876", "42.2", "2", "0.12", "1.00 M"]);
    }
}
