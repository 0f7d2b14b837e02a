//! Rows for people: as wide as the terminal is, or as wide as they are where there is none.

use crate::screen::{BOLD, DIM, PLAIN, Screen};
use anstyle::Style;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

const GAP: usize = 2;

/// The narrowest that a column which may shrink becomes before others go.
const LEAST: usize = 24;

/// A column.
pub(crate) struct Column {
    pub(crate) head: &'static str,
    /// The higher, the earlier the column goes where the terminal is narrow; 0 stays.
    pub(crate) rank: u8,
    /// Whether it takes what room the others leave. Others are shortened to [`LEAST`] on a terminal.
    pub(crate) elastic: bool,
    pub(crate) cells: Vec<Cell>,
}

/// A text, clean already.
#[derive(Default)]
pub(crate) struct Cell {
    pub(crate) text: String,
    pub(crate) style: Style,
    pub(crate) link: Option<String>,
}

impl Cell {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self::styled(text, PLAIN)
    }

    pub(crate) fn styled(text: impl Into<String>, style: Style) -> Self {
        Self {
            text: text.into(),
            style,
            link: None,
        }
    }

    pub(crate) fn linked(mut self, url: &str) -> Self {
        self.link = Some(url.to_owned());
        self
    }
}

impl Column {
    pub(crate) fn new(head: &'static str, rank: u8, cells: Vec<Cell>) -> Self {
        Self {
            head,
            rank,
            elastic: false,
            cells,
        }
    }

    pub(crate) fn elastic(mut self) -> Self {
        self.elastic = true;
        self
    }

    fn width(&self) -> usize {
        let cells = self.cells.iter().map(|cell| cell.text.width());
        cells.chain([self.head.width()]).max().unwrap_or(0)
    }
}

/// The rows, with a line of heads. Columns without any text are left out. Each of `addresses` stands
/// in a last column where there is room for all of them, or else below its row: never shortened,
/// since people copy it.
pub(crate) fn render(screen: Screen, mut columns: Vec<Column>, addresses: &[String]) -> String {
    columns.retain(|column| column.cells.iter().any(|cell| !cell.text.is_empty()));
    let mut widths: Vec<usize> = columns.iter().map(Column::width).collect();
    let address_width = addresses.iter().map(|url| url.width()).max().unwrap_or(0);
    let mut aside = !addresses.is_empty();
    if let Some(room) = screen.width {
        aside = aside && total(&widths) + GAP + address_width <= room;
        shrink(&mut columns, &mut widths, room);
    }
    if aside {
        let cells = addresses.iter().map(Cell::new).collect();
        columns.push(Column::new("URL", 0, cells));
        widths.push(address_width);
    }

    let heads = columns.iter().map(|column| Cell::styled(column.head, BOLD));
    let mut text = row(screen, &heads.collect::<Vec<_>>(), &widths);
    let rows = columns.iter().map(|column| column.cells.len()).max();
    let mut rests: Vec<_> = columns
        .into_iter()
        .map(|column| column.cells.into_iter())
        .collect();
    let mut below = addresses.iter().filter(|_| !aside);
    for _ in 0..rows.unwrap_or(0) {
        let cells: Vec<Cell> = rests
            .iter_mut()
            .map(|rest| rest.next().unwrap_or_default())
            .collect();
        text.push_str(&row(screen, &cells, &widths));
        if let Some(url) = below.next() {
            text.push_str(&format!("{:GAP$}{}\n", "", screen.paint(url, DIM)));
        }
    }
    text
}

fn total(widths: &[usize]) -> usize {
    widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1)
}

/// Makes the columns fit: long texts are shortened, then columns left out, from the highest rank.
fn shrink(columns: &mut Vec<Column>, widths: &mut Vec<usize>, room: usize) {
    let fixed = |columns: &[Column], widths: &[usize]| -> usize {
        let fixed = columns.iter().zip(widths).filter(|(c, _)| !c.elastic);
        fixed.map(|(_, width)| width + GAP).sum()
    };
    for (column, width) in columns.iter().zip(widths.iter_mut()) {
        // Rank 0 is what people copy, such as a number.
        if !column.elastic && column.rank > 0 {
            *width = (*width).min(LEAST);
        }
    }
    loop {
        let elastic = columns.iter().zip(widths.iter()).find(|(c, _)| c.elastic);
        let natural = elastic.map_or(0, |(_, width)| *width);
        if fixed(columns, widths) + natural.min(LEAST) <= room {
            break;
        }
        let ranks = columns.iter().map(|column| column.rank).enumerate();
        match ranks
            .filter(|(_, rank)| *rank > 0)
            .max_by_key(|(_, rank)| *rank)
        {
            Some((place, _)) => {
                columns.remove(place);
                widths.remove(place);
            }
            None => break,
        }
    }
    let left = room.saturating_sub(fixed(columns, widths)).max(8);
    for (column, width) in columns.iter().zip(widths.iter_mut()) {
        if column.elastic {
            *width = (*width).min(left);
        }
    }
}

fn row(screen: Screen, cells: &[Cell], widths: &[usize]) -> String {
    let mut text = String::new();
    let mut pending = 0;
    for (cell, width) in cells.iter().zip(widths) {
        let shown = fit(&cell.text, *width);
        if !shown.is_empty() {
            // Blanks are written when something follows them: no line ends in blanks.
            text.push_str(&" ".repeat(pending));
            pending = 0;
            let painted = screen.paint(&shown, cell.style);
            match &cell.link {
                Some(url) => text.push_str(&screen.link(&painted, url)),
                None => text.push_str(&painted),
            }
        }
        pending += width.saturating_sub(shown.width()) + GAP;
    }
    text.push('\n');
    text
}

/// The text in at most `width` columns; one that is longer ends in `…`.
pub(crate) fn fit(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut shown = String::new();
    let mut used = 1;
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used > width {
            break;
        }
        shown.push(c);
    }
    shown.truncate(shown.trim_end().len());
    if width > 0 {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screen::NOWHERE;

    fn columns() -> Vec<Column> {
        let cells = |texts: [&str; 2]| texts.map(Cell::new).into_iter().collect::<Vec<_>>();
        vec![
            Column::new("Number", 0, cells(["7", "42"])),
            Column::new(
                "Subject",
                0,
                cells(["A subject that goes on and on and on", "日本語の件名"]),
            )
            .elastic(),
            Column::new("Status", 1, cells(["open", "closed"])),
            Column::new("Owner", 3, cells(["", ""])),
            Column::new("Queue", 2, cells(["General", ""])),
        ]
    }

    fn urls() -> Vec<String> {
        vec!["https://x/7".to_owned(), "https://x/42".to_owned()]
    }

    fn at(width: usize) -> String {
        let screen = Screen {
            width: Some(width),
            ..NOWHERE
        };
        render(screen, columns(), &urls())
    }

    #[test]
    fn a_file_gets_everything_in_full() {
        assert_eq!(
            render(NOWHERE, columns(), &urls()),
            "\
Number  Subject                               Status  Queue    URL
7       A subject that goes on and on and on  open    General  https://x/7
42      日本語の件名                          closed           https://x/42
"
        );
    }

    #[test]
    fn a_wide_terminal_gets_the_same() {
        assert_eq!(at(100), render(NOWHERE, columns(), &urls()));
    }

    #[test]
    fn on_a_narrower_one_the_addresses_go_below() {
        assert_eq!(
            at(61),
            "\
Number  Subject                               Status  Queue
7       A subject that goes on and on and on  open    General
  https://x/7
42      日本語の件名                          closed
  https://x/42
"
        );
    }

    #[test]
    fn then_the_subject_shrinks_and_then_columns_go() {
        assert_eq!(
            at(50),
            "\
Number  Subject                    Status  Queue
7       A subject that goes on a…  open    General
  https://x/7
42      日本語の件名               closed
  https://x/42
"
        );
        assert_eq!(
            at(40),
            "\
Number  Subject                   Status
7       A subject that goes on…   open
  https://x/7
42      日本語の件名              closed
  https://x/42
"
        );
        assert_eq!(
            at(20),
            "\
Number  Subject
7       A subject t…
  https://x/7
42      日本語の件名
  https://x/42
"
        );
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        for width in 20..120 {
            for line in at(width).lines().filter(|line| !line.contains("https:")) {
                assert!(line.width() <= width, "{width}: {line}");
            }
        }
    }

    #[test]
    fn wide_characters_are_not_cut_in_half() {
        assert_eq!(fit("日本語", 6), "日本語");
        assert_eq!(fit("日本語", 5), "日本…");
        assert_eq!(fit("日本語", 4), "日…");
        assert_eq!(fit("a b", 3), "a b");
        assert_eq!(fit("a bc", 3), "a…");
        assert_eq!(fit("ab", 0), "");
    }
}
