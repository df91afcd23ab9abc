use unicode_width::UnicodeWidthStr;

use crate::output::{Paint, plain};

/// Rows whose cells are below each other.
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new<const N: usize>(heads: [&str; N]) -> Self {
        Self { rows: vec![heads.map(str::to_owned).to_vec()] }
    }

    pub(crate) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.iter().map(|cell| plain(cell)).collect());
    }

    /// Its lines, the first of which names the columns.
    pub(crate) fn lines(&self, paint: Paint) -> Vec<String> {
        let columns = self.rows[0].len();
        let width_of = |column: usize| self.rows.iter().map(|row| row[column].width()).max().unwrap_or(0);
        let widths: Vec<_> = (0..columns).map(width_of).collect();
        let lines = self.rows.iter().enumerate().map(|(number, row)| {
            let cells = row.iter().zip(&widths).map(|(cell, width)| pad(cell, *width));
            let line = cells.collect::<Vec<_>>().join("  ").trim_end().to_owned();
            if number == 0 { paint.strong(line) } else { line }
        });
        lines.collect()
    }
}

/// A text, and as many spaces as it takes to be that wide.
pub(crate) fn pad(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}
