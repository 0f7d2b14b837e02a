//! A sign of life on stderr while a desk takes its time.

use crate::clean;
use std::io::{IsTerminal, Write};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// Who waits for less does not wonder.
const PATIENCE: Duration = Duration::from_secs(1);
const FRAME: Duration = Duration::from_millis(120);
const FRAMES: [&str; 8] = ["⠋", "⠙", "⠸", "⠴", "⠦", "⠇", "⠏", "⠿"];

/// Shown until it is dropped.
pub(crate) struct Progress(Option<(Sender<()>, JoinHandle<()>)>);

impl Progress {
    /// Shows nothing where stderr is not a terminal, or is used for a log.
    pub(crate) fn start(doing: &str, quiet: bool) -> Self {
        let dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
        if quiet || dumb || !std::io::stderr().is_terminal() {
            return Self(None);
        }
        // One line, or it could not be taken back.
        let width = terminal_size::terminal_size_of(std::io::stderr())
            .map_or(80, |(width, _)| usize::from(width.0));
        let text = crate::table::fit(&clean::line(doing), width.saturating_sub(3));
        // A thread of its own: it goes on while the runtime is busy compiling a connector.
        let (stop, stopped) = channel::<()>();
        let thread = std::thread::spawn(move || {
            let mut wait = PATIENCE;
            for frame in FRAMES.iter().cycle() {
                if stopped.recv_timeout(wait) != Err(RecvTimeoutError::Timeout) {
                    break;
                }
                wait = FRAME;
                draw(&format!("\r{frame} {text}"));
            }
            if wait == FRAME {
                draw("\r\u{1b}[2K");
            }
        });
        Self(Some((stop, thread)))
    }
}

fn draw(text: &str) {
    // Nothing depends on it.
    let mut stderr = std::io::stderr().lock();
    let _ = stderr.write_all(text.as_bytes());
    let _ = stderr.flush();
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.0.take() {
            drop(stop);
            // The line must be gone before anything else is written.
            let _ = thread.join();
        }
    }
}
