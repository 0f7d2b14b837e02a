//! What the place can do where results are shown.

use crate::args::When;
use anstyle::{AnsiColor, Style};
use std::io::IsTerminal;

pub(crate) const PLAIN: Style = Style::new();
pub(crate) const BOLD: Style = Style::new().bold();
pub(crate) const DIM: Style = Style::new().dimmed();
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
pub(crate) const CAUTION: Style = AnsiColor::Yellow.on_default();
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();

/// Where results are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Screen {
    /// Escape sequences for colours may be used.
    pub(crate) color: bool,
    /// Escape sequences for hyperlinks may be used.
    pub(crate) links: bool,
    /// Of a terminal, in columns. None: a file or a pipe, where nothing is shortened.
    pub(crate) width: Option<usize>,
}

/// A file or a pipe.
pub(crate) const NOWHERE: Screen = Screen {
    color: false,
    links: false,
    width: None,
};

impl Screen {
    pub(crate) fn of_stdout(when: When) -> Self {
        let terminal = std::io::stdout().is_terminal();
        let color = wants_color(when, terminal);
        let width = terminal_size::terminal_size_of(std::io::stdout())
            .map_or(80, |(width, _)| usize::from(width.0).max(20));
        Self {
            color,
            links: color
                && terminal
                && supports_hyperlinks::on(supports_hyperlinks::Stream::Stdout),
            width: terminal.then_some(width),
        }
    }

    pub(crate) fn paint(self, text: &str, style: Style) -> String {
        if self.color && style != PLAIN && !text.is_empty() {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }

    /// The text as a link, in the sequence OSC 8, where there is one to a harmless address.
    pub(crate) fn link(self, text: &str, url: &str) -> String {
        if self.links && crate::clean::is_plain_url(url) {
            format!("\u{1b}]8;;{url}\u{1b}\\{text}\u{1b}]8;;\u{1b}\\")
        } else {
            text.to_owned()
        }
    }
}

/// <https://no-color.org>: any value that is not empty counts, and an explicit choice goes before.
pub(crate) fn wants_color(when: When, terminal: bool) -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    match when {
        When::Always => true,
        When::Never => false,
        When::Auto => {
            terminal && !set("NO_COLOR") && std::env::var_os("TERM").is_none_or(|t| t != "dumb")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_painted_where_nobody_sees_it() {
        let mut screen = NOWHERE;
        assert_eq!(screen.paint("x", BAD), "x");
        assert_eq!(screen.link("x", "https://x"), "x");
        screen.color = true;
        screen.links = true;
        assert!(screen.paint("x", BAD).starts_with('\u{1b}'));
        assert_eq!(screen.paint("x", PLAIN), "x");
        let link = screen.link("x", "https://y");
        assert_eq!(link, "\u{1b}]8;;https://y\u{1b}\\x\u{1b}]8;;\u{1b}\\");
        assert_eq!(screen.link("x", "https://y/\u{7}"), "x");
    }

    #[test]
    fn an_explicit_choice_is_kept() {
        assert!(wants_color(When::Always, false));
        assert!(!wants_color(When::Never, true));
        assert!(!wants_color(When::Auto, false));
    }
}
