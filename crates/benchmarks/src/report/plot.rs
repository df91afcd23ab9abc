//! Bars, as SVG: colours that can be read on a light and on a dark page, and no background.

use std::fmt::Write;

use super::readable;
use crate::{peers::OURS, results::Record};

const WIDTH: f64 = 760.0;
/// Where the bars begin, and the most that one may take.
const LEFT: f64 = 190.0;
const LONGEST: f64 = 430.0;
const ROW: f64 = 24.0;
const HEAD: f64 = 36.0;
const FONT: &str = "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif";
const TEXT: &str = "#808891";
const OUR_BAR: &str = "#e8590c";
const PEER_BAR: &str = "#7d8fa3";

/// A group of bars for each record, each group on a scale of its own.
pub(super) fn bars(title: &str, records: &[&Record]) -> String {
    let mut body = String::new();
    let mut y = HEAD;
    for record in records {
        text(&mut body, LEFT, y + 14.0, "start", "600", &callers(record));
        y += ROW;
        let rows = rows(record);
        let most = rows.iter().map(|(_, value)| *value).fold(0.0, f64::max);
        for (name, value) in rows {
            row(&mut body, y, name, value, if most > 0.0 { value / most } else { 0.0 });
            y += ROW;
        }
        y += 10.0;
    }
    let unit = records.first().map_or("", |record| record.unit.as_str());
    let title = format!("{title}: {unit}");
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {y}\" width=\"{WIDTH}\" height=\"{y}\" \
         role=\"img\" aria-label=\"{}\" font-family=\"{FONT}\" font-size=\"13\">\n",
        escaped(&title)
    );
    text(&mut svg, 8.0, 20.0, "start", "600", &title);
    svg + &body + "</svg>\n"
}

fn row(svg: &mut String, y: f64, name: &str, value: f64, share: f64) {
    let ours = name == OURS;
    let (colour, weight) = if ours { (OUR_BAR, "600") } else { (PEER_BAR, "400") };
    let length = (share * LONGEST).max(1.0);
    text(svg, LEFT - 10.0, y + 14.0, "end", weight, name);
    let _ = writeln!(
        svg,
        "<rect x=\"{LEFT}\" y=\"{}\" width=\"{length:.1}\" height=\"16\" rx=\"2\" fill=\"{colour}\"/>",
        y + 1.0
    );
    text(svg, LEFT + length + 8.0, y + 14.0, "start", weight, &readable(value));
}

fn text(svg: &mut String, x: f64, y: f64, anchor: &str, weight: &str, words: &str) {
    let words = escaped(words);
    let _ = writeln!(
        svg,
        "<text x=\"{x:.1}\" y=\"{y}\" text-anchor=\"{anchor}\" font-weight=\"{weight}\" fill=\"{TEXT}\">{words}</text>"
    );
}

/// Ourselves, then the others, the best first.
fn rows(record: &Record) -> Vec<(&str, f64)> {
    let mut peers: Vec<_> =
        record.peers.iter().map(|(name, peer)| (name.as_str(), peer.value, peer.ratio)).collect();
    peers.sort_by(|(_, _, one), (_, _, other)| one.total_cmp(other));
    [(OURS, record.ours)].into_iter().chain(peers.into_iter().map(|(name, value, _)| (name, value))).collect()
}

fn callers(record: &Record) -> String {
    match record.callers {
        1 => "1 caller".to_owned(),
        callers => format!("{callers} callers"),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::Better;

    #[test]
    fn the_longest_bar_is_the_largest_value() {
        let mut record = Record::new("w", 64, "ops/s", Better::Higher, &[200_000.0]);
        record.add_peer("slow", "1", "", &[50_000.0]);
        record.add_peer("fast", "1", "", &[400_000.0]);
        let svg = bars("A & B", &[&record]);
        let widths: Vec<_> = svg.split("<rect").skip(1).map(|bar| bar.split('"').nth(5).unwrap()).collect();
        assert_eq!(widths, ["215.0", "430.0", "53.8"]);
        let at = |word: &str| svg.find(word).unwrap();
        assert!(at(OURS) < at("fast") && at("fast") < at("slow"));
        assert!(svg.contains("A &amp; B: ops/s") && svg.contains("64 callers") && svg.contains("400 k"));
    }

    #[test]
    fn nothing_measured_is_no_division_by_nothing() {
        assert!(!bars("empty", &[]).contains("NaN"));
        assert!(!bars("zero", &[&Record::new("w", 1, "u", Better::Higher, &[])]).contains("NaN"));
    }
}
