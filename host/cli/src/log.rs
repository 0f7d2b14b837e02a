//! The log on stderr: silent unless it is asked for, so that stderr holds only what matters.

use crate::failure::Failure;
use tracing_subscriber::EnvFilter;

/// A service tells what it does without being asked. `verbose` counts the `-v`; `$SGI_LOG` goes before it.
pub(crate) fn start(verbose: u8, serves: bool, color: bool) -> Result<(), Failure> {
    let filter = match std::env::var("SGI_LOG") {
        Ok(text) if !text.is_empty() => EnvFilter::try_new(&text).map_err(|_| {
            Failure::Usage(
                "SGI_LOG cannot be understood; write such as SGI_LOG=debug or \
                 SGI_LOG=sgi_host=trace"
                    .to_owned(),
            )
        })?,
        // Only our own steps: a library below may log requests with their headers.
        _ => EnvFilter::new(match verbose {
            0 if serves => "off,sgi=info,sgi_host=info,sgi_service=info",
            0 => "off",
            1 => "off,sgi=debug,sgi_host=debug,sgi_service=debug",
            _ => "off,sgi=trace,sgi_host=trace,sgi_service=trace",
        }),
    };
    // Fails only when there is a subscriber already.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(color)
        .with_target(false)
        .try_init();
    Ok(())
}
