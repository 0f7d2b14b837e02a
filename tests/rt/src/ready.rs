//! Waits until a server answers.
//!
//! The socket listens before the server runs, so the first question is simply asked and answered when
//! the server gets to it; there is nothing to guess and no time to sleep through. When the server ends
//! instead, the socket closes and so does the question.

use std::{
    path::Path,
    process::Child,
    thread,
    time::{Duration, Instant},
};

use crate::{
    account::ROOT,
    command::tail,
    error::{Error, Tried as _},
};

/// A start takes two seconds alone; many at once on two cores take their turns.
const LIMIT: Duration = Duration::from_secs(120);

/// Between two questions, when the first one was answered but not with success.
const PAUSE: Duration = Duration::from_millis(50);

/// Asks for `/REST/2.0/rt` as the superuser until that succeeds.
pub(crate) fn wait(url: &str, server: &mut Child, log: &Path) -> Result<(), Error> {
    let began = Instant::now();
    loop {
        let left = LIMIT.saturating_sub(began.elapsed());
        let last = match ask(url, left) {
            Ok(200) => return Ok(()),
            Ok(status) => format!("status {status}"),
            Err(error) => error.to_string(),
        };
        let ended = server
            .try_wait()
            .tried(|| "look after the server".to_owned())?;
        if ended.is_some() {
            return Err(Error::Ended {
                url: url.to_owned(),
                log: tail(log),
            });
        }
        if began.elapsed() >= LIMIT {
            return Err(Error::NotReady {
                url: url.to_owned(),
                after: LIMIT,
                last,
                log: tail(log),
            });
        }
        thread::sleep(PAUSE);
    }
}

fn ask(url: &str, limit: Duration) -> Result<u16, ureq::Error> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(None)
        .timeout_global(Some(limit.max(PAUSE)))
        .build()
        .into();
    let answer = agent
        .get(format!("{url}/REST/2.0/rt"))
        .header("Authorization", ROOT.basic())
        .header("User-Agent", "real-rt")
        .call()?;
    Ok(answer.status().as_u16())
}
