//! Text for people: aligned tables and facts, sizes, durations. Cells come from whoever
//! filled in a form or uploaded a component, so nothing in them reaches the terminal as a
//! control character.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr;

/// What an empty cell shows.
pub const NOTHING: &str = "-";

/// Rows under headings, each column as wide as its widest cell.
#[derive(Debug)]
pub struct Table {
    headings: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// An empty table.
    pub fn new(headings: impl IntoIterator<Item = &'static str>) -> Self {
        Self {
            headings: headings.into_iter().collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row; it has as many cells as there are headings.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        let cells: Vec<String> = cells.into_iter().map(|cell| clean(&cell)).collect();
        debug_assert_eq!(cells.len(), self.headings.len());
        self.rows.push(cells);
    }

    /// The table as text, each line ended. A column that is empty in every row is left out.
    pub fn render(&self) -> String {
        let columns: Vec<(usize, usize)> = (0..self.headings.len())
            .filter(|&column| self.rows.iter().any(|row| !is_empty(&row[column])))
            .map(|column| (column, self.width(column)))
            .collect();
        let mut text = String::new();
        line(&mut text, &columns, |column| self.headings[column]);
        for row in &self.rows {
            line(&mut text, &columns, |column| match row[column].as_str() {
                "" => NOTHING,
                cell => cell,
            });
        }
        text
    }

    fn width(&self, column: usize) -> usize {
        let cells = self.rows.iter().map(|row| row[column].width());
        cells
            .chain([self.headings[column].width()])
            .max()
            .unwrap_or(0)
    }
}

fn is_empty(cell: &str) -> bool {
    cell.is_empty() || cell == NOTHING
}

fn line<'a>(text: &mut String, columns: &[(usize, usize)], cell: impl Fn(usize) -> &'a str) {
    for (place, &(column, width)) in columns.iter().enumerate() {
        let cell = cell(column);
        text.push_str(cell);
        if place + 1 < columns.len() {
            let gap = width.saturating_sub(cell.width()) + 2;
            text.extend(std::iter::repeat_n(' ', gap));
        }
    }
    text.push('\n');
}

/// Names and values, the values aligned; entries without a value are left out.
pub fn facts(entries: &[(&str, String)]) -> String {
    let shown = || entries.iter().filter(|(_, value)| !is_empty(value));
    let width = shown().map(|(name, _)| name.width()).max().unwrap_or(0);
    let mut text = String::new();
    for (name, value) in shown() {
        let gap = width - name.width() + 2;
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{name}{:gap$}{}", "", clean(value));
    }
    text
}

/// The text without control characters and without those that turn the direction of what
/// follows: a cell is one line and stays in its cell.
pub fn clean(text: &str) -> String {
    text.chars().map(harmless).collect()
}

/// As [`clean`], for text that may have several lines.
pub fn clean_lines(text: &str) -> String {
    text.chars()
        .map(|c| {
            if matches!(c, '\n' | '\t') {
                c
            } else {
                harmless(c)
            }
        })
        .collect()
}

fn harmless(c: char) -> char {
    match c {
        '\n' | '\t' | '\r' => ' ',
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        c if c.is_control() => '\u{fffd}',
        c => c,
    }
}

/// Bytes as people read them: `512 B`, `47.0 KiB`, `18.4 MiB`.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut value = bytes as f64 / 1024.0;
    let mut unit = 0;
    while value >= 1023.95 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS[unit])
}

/// Microseconds as people read them: `85 µs`, `1.2 ms`, `3.40 s`.
pub fn micros(us: u64) -> String {
    match us {
        0..1_000 => format!("{us} µs"),
        1_000..1_000_000 => format!("{:.1} ms", us as f64 / 1e3),
        _ => format!("{:.2} s", us as f64 / 1e6),
    }
}

/// A count with its noun: `1 case`, `3 cases`.
pub fn count(n: u64, noun: &str) -> String {
    if n == 1 {
        format!("1 {noun}")
    } else {
        format!("{n} {noun}s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells<const N: usize>(cells: [&str; N]) -> [String; N] {
        cells.map(str::to_owned)
    }

    #[test]
    fn columns_align_by_what_a_terminal_shows() {
        let mut table = Table::new(["KEY", "NAME", "STATE"]);
        table.row(cells(["1", "Approve", "CREATED"]));
        table.row(cells(["22", "تأیید خسارت", "COMPLETED"]));
        table.row(cells(["333", "理賠", ""]));
        let expected = "\
KEY  NAME         STATE\n\
1    Approve      CREATED\n\
22   تأیید خسارت  COMPLETED\n\
333  理賠         -\n";
        assert_eq!(table.render(), expected);
    }

    #[test]
    fn a_column_with_nothing_in_it_is_left_out() {
        let mut table = Table::new(["KEY", "ASSIGNEE", "STATE"]);
        table.row(cells(["1", "", "CREATED"]));
        table.row(cells(["2", "-", "CREATED"]));
        assert_eq!(table.render(), "KEY  STATE\n1    CREATED\n2    CREATED\n");
    }

    #[test]
    fn nothing_in_a_cell_commands_the_terminal() {
        assert_eq!(
            clean("a\x1b[31mb\nc\u{202e}d\u{9b}"),
            "a\u{fffd}[31mb c\u{fffd}d\u{fffd}"
        );
        assert_eq!(clean_lines("a\n\tb\x07"), "a\n\tb\u{fffd}");
        let text = facts(&[
            ("name", "x\x1b]0;owned\x07".into()),
            ("empty", String::new()),
        ]);
        assert_eq!(text, "name  x\u{fffd}]0;owned\u{fffd}\n");
    }

    #[test]
    fn quantities_read_well() {
        for (bytes, text) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.0 KiB"),
            (1_048_575, "1.0 MiB"),
            (18_400_000, "17.5 MiB"),
            (u64::MAX, "16384.0 PiB"),
        ] {
            assert_eq!(size(bytes), text);
        }
        for (us, text) in [(85, "85 µs"), (1_250, "1.2 ms"), (3_400_000, "3.40 s")] {
            assert_eq!(micros(us), text);
        }
        assert_eq!(
            (count(1, "case"), count(0, "case")),
            ("1 case".into(), "0 cases".into())
        );
    }
}
