//! Runs a program to its end: its output into a file, an end to its time, an error that shows both.

use std::{
    fs::{self, File},
    io::{Read as _, Seek as _, SeekFrom},
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process_group};

use crate::error::{Error, Tried as _};

/// How often a program is asked whether it has ended. A tenth of the shortest thing we wait for.
const POLL: Duration = Duration::from_millis(20);

/// Lines of a log that an error shows.
const SHOWN: usize = 20;

/// Runs `command` to its end; after `limit` it is killed.
pub(crate) fn run(
    what: &str,
    command: &mut Command,
    log: &Path,
    limit: Duration,
) -> Result<(), Error> {
    let output = File::create(log).tried(|| format!("write {}", log.display()))?;
    let errors = output
        .try_clone()
        .tried(|| format!("write {}", log.display()))?;
    let mut child = command
        .stdin(Stdio::null())
        .stdout(output)
        .stderr(errors)
        .spawn()
        .tried(|| format!("start {} ({what})", command.get_program().to_string_lossy()))?;

    let how = match wait(&mut child, limit).tried(|| format!("wait ({what})"))? {
        Some(status) if status.success() => return Ok(()),
        Some(status) => status.to_string(),
        None => {
            child
                .kill()
                .and_then(|()| child.wait())
                .tried(|| format!("wait ({what})"))?;
            format!("it had not ended after {} seconds", limit.as_secs())
        }
    };
    Err(Error::Failed {
        what: what.to_owned(),
        how,
        output: tail(log),
    })
}

/// Waits for the end of `child`; `None` when `limit` comes first.
pub(crate) fn wait(child: &mut Child, limit: Duration) -> std::io::Result<Option<ExitStatus>> {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if Instant::now() >= deadline {
            return Ok(None);
        }
        thread::sleep(POLL);
    }
}

/// Signals the group that `child` leads. That there is none any more is as good.
pub(crate) fn kill_group(child: &Child, signal: Signal) {
    if let Some(group) = group(child) {
        let _ = kill_process_group(group, signal);
    }
}

/// The process group that `child` leads, when it was started as the leader of one.
pub(crate) fn group(child: &Child) -> Option<Pid> {
    Pid::from_raw(child.id().cast_signed())
}

/// The last lines of a log.
pub(crate) fn tail(log: &Path) -> String {
    let text = last_bytes(log, 16 * 1024).unwrap_or_else(|error| error.to_string().into_bytes());
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    let skipped = lines.len().saturating_sub(SHOWN);
    lines
        .into_iter()
        .skip(skipped)
        .map(|line| format!("  {line}\n"))
        .collect()
}

fn last_bytes(path: &Path, count: u64) -> std::io::Result<Vec<u8>> {
    let length = fs::metadata(path)?.len();
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(length.saturating_sub(count)))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}
