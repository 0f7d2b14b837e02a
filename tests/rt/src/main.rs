//! Starts a real Request Tracker and keeps it until Ctrl-C or SIGTERM.
//!
//! For developers and reviewers: a desk to click through and to point a connector at.

use std::{error::Error, io::Write as _, process::ExitCode};

use sgi_real_rt::{
    AGENT, DISABLED, NO_RIGHTS, Options, READER, READER_TOKEN, ROOT, RealRt, WRITER, prepare,
};
use signal_hook::{
    consts::{SIGINT, SIGTERM},
    iterator::Signals,
};

const USAGE: &str = "\
Starts a real Request Tracker 5 on a free port of 127.0.0.1 (Debian 12, as root).

usage: real-rt [--web-path PATH] [--workers NUMBER]
       real-rt --prepare

  --web-path PATH    answer under this path, for example /rt (default: at the root)
  --workers NUMBER   requests answered at the same time (default: 2)
  --prepare          only install the packages and build the template database
";

enum Wish {
    Help,
    Prepare,
    Serve(Options),
}

fn main() -> ExitCode {
    match wish(std::env::args().skip(1)).and_then(fulfil) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("real-rt: {error}");
            ExitCode::FAILURE
        }
    }
}

fn wish(mut arguments: impl Iterator<Item = String>) -> Result<Wish, Box<dyn Error>> {
    let mut options = Options::default();
    while let Some(argument) = arguments.next() {
        let mut value = || {
            arguments
                .next()
                .ok_or(format!("{argument} needs a value\n\n{USAGE}"))
        };
        match argument.as_str() {
            "--web-path" => options.web_path = value()?,
            "--workers" => {
                let given = value()?;
                options.workers = given
                    .parse()
                    .map_err(|_| format!("\"{given}\" is no number from 1 to 255"))?;
            }
            "--prepare" => return Ok(Wish::Prepare),
            "--help" | "-h" => return Ok(Wish::Help),
            other => return Err(format!("\"{other}\" is unknown\n\n{USAGE}").into()),
        }
    }
    Ok(Wish::Serve(options))
}

fn fulfil(wish: Wish) -> Result<(), Box<dyn Error>> {
    let mut out = std::io::stdout();
    match wish {
        Wish::Help => write!(out, "{USAGE}")?,
        Wish::Prepare => prepare()?,
        Wish::Serve(options) => {
            // Before the start, so that a Ctrl-C during it is kept until it can be obeyed.
            let mut signals = Signals::new([SIGINT, SIGTERM])?;
            let rt = RealRt::start(options)?;
            write!(out, "{}", description(&rt))?;
            out.flush()?;
            signals.forever().next();
            drop(rt);
        }
    }
    Ok(())
}

fn description(rt: &RealRt) -> String {
    let mut text = format!("url        {}\n", rt.url());
    for (role, account) in [
        ("superuser", ROOT),
        ("reader", READER),
        ("writer", WRITER),
        ("agent", AGENT),
        ("no rights", NO_RIGHTS),
        ("disabled", DISABLED),
    ] {
        text += &format!("{role:<10} {} : {}\n", account.name, account.password);
    }
    text + &format!("token      {READER_TOKEN} (of {})\n", READER.name) + "Ctrl-C stops it.\n"
}
