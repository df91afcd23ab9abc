//! Prints differences for people.

use unicode_width::UnicodeWidthStr;

use crate::{
    difference::Difference,
    json,
    output::{Paint, plain},
    table::pad,
};

/// How wide a value may be in one line.
const WIDEST: usize = 72;

/// Wider paths do not widen the column.
const WIDEST_PATH: usize = 32;

/// One line per difference, or two, or as many as a large value takes.
pub(super) fn lines(differences: &[Difference], paint: Paint) -> Vec<String> {
    let widths = differences.iter().map(|difference| difference.path.width());
    let width = widths.filter(|width| *width <= WIDEST_PATH).max().unwrap_or(0);
    let mut lines = Vec::new();
    for Difference { path, before, after } in differences {
        let path = if width == 0 { plain(path) } else { pad(&plain(path), width) + "  " };
        match (before, after) {
            (Some(before), Some(after)) if before.width() + after.width() <= WIDEST => {
                let (before, after) = (paint.bad(plain(before)), paint.good(plain(after)));
                lines.push(format!("{} {path}{before} -> {after}", paint.notable("~")));
            }
            (before, after) => {
                if let Some(before) = before {
                    lines.extend(value(before, "-", &path).map(|line| paint.bad(line)));
                }
                if let Some(after) = after {
                    lines.extend(value(after, "+", &path).map(|line| paint.good(line)));
                }
            }
        }
    }
    lines
}

fn value(json: &str, sign: &str, path: &str) -> impl Iterator<Item = String> {
    let laid_out = if json.width() <= WIDEST { json.to_owned() } else { json::pretty(json) };
    let lines: Vec<_> = laid_out
        .lines()
        .enumerate()
        .map(|(number, line)| match number {
            0 => format!("{sign} {path}{}", plain(line)),
            _ => format!("{sign} {}{}", " ".repeat(path.width()), plain(line)),
        })
        .collect();
    lines.into_iter()
}

#[cfg(test)]
mod tests {
    use clap::ColorChoice;

    use super::*;
    use crate::{difference::differences, output::Output};

    #[test]
    fn paths_are_aligned_and_large_values_laid_out() {
        let before = r#"{"rps": 1, "burst": {"a": 1}, "gone": true}"#;
        let large = "x".repeat(80);
        let after = format!(r#"{{"rps": 2, "burst": {{"a": 1, "b": ["{large}"]}}, "esc": "\u001b[1m"}}"#);
        let found = differences(Some(before.as_bytes()), Some(after.as_bytes()));
        let lines = lines(&found, Output::new(false, ColorChoice::Never).paint);
        let expected = [
            "+ /burst/b  [".to_owned(),
            format!("+             \"{large}\""),
            "+           ]".to_owned(),
            r#"+ /esc      "\u001b[1m""#.to_owned(),
            "- /gone     true".to_owned(),
            "~ /rps      1 -> 2".to_owned(),
        ];
        assert_eq!(lines, expected);
    }
}
