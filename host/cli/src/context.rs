//! What all commands need: the configuration, the host, and the two ways out.

use crate::args::{Cli, When};
use crate::failure::Failure;
use crate::json;
use crate::progress::Progress;
use crate::screen::{BAD, CAUTION, Screen, wants_color};
use crate::{clean, screen};
use serde_json::json;
use sgi_host::config::{Config, ConfigError};
use sgi_host::{Compiler, Host, HostOptions};
use sgi_service::registry::Registry;
use sgi_service::registry::view::Desks;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Tells what is wrong with the command line, or shows the help that was asked for. A program that asks
/// for JSON gets that as JSON, too.
pub(crate) fn misused(error: &clap::Error) -> ExitCode {
    let json = std::env::args_os().any(|argument| argument == "--json");
    if !(json && error.use_stderr()) {
        error.exit();
    }
    let failure = Failure::Usage(usage_message(error));
    let line = json::line(&json!({ "error": failure.for_programs(false) }));
    let _ = std::io::stderr().lock().write_all(line.as_bytes());
    failure.exit().into()
}

/// The sentences, without the usage that clap shows below them.
fn usage_message(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let told = text.split("\n\nUsage:").next().unwrap_or_default();
    let told = told.strip_prefix("error: ").unwrap_or(told);
    let paragraphs = told
        .split("\n\n")
        .map(|part| part.split_whitespace().collect::<Vec<_>>().join(" "));
    paragraphs.collect::<Vec<_>>().join("; ")
}

/// How this run of the program was asked for.
pub(crate) struct Context {
    config: Option<PathBuf>,
    teller: Teller,
    /// Where results are shown.
    pub(crate) screen: Screen,
}

impl Context {
    pub(crate) fn new(cli: &Cli) -> Self {
        Self {
            config: cli.config.clone(),
            teller: Teller {
                verbose: cli.verbose > 0,
                color: cli.color,
                json: cli.command.json(),
            },
            screen: Screen::of_stdout(cli.color),
        }
    }

    /// The configuration's file.
    pub(crate) fn config_file(&self) -> Result<PathBuf, Failure> {
        Ok(Config::locate(self.config.as_deref())?)
    }

    /// The configuration's file, or where there is none, where it would be.
    pub(crate) fn config_file_if_any(&self) -> Result<PathBuf, Failure> {
        match Config::locate(self.config.as_deref()) {
            Err(ConfigError::NotFound { .. }) => Ok(Config::usual_place()),
            located => Ok(located?),
        }
    }

    /// Reads the configuration and tells its warnings. Where there is none, desks that were made through the
    /// service are one.
    pub(crate) fn config(&self) -> Result<Config, Failure> {
        match self.read_config() {
            Err(Failure::Config(ConfigError::NotFound { .. })) if service_has_settings() => {
                Ok(Config::parse("", Path::new("sgi.toml"))?)
            }
            read => read,
        }
    }

    /// The configuration, or where there is none, an empty one.
    pub(crate) fn config_if_any(&self) -> Result<Config, Failure> {
        match self.read_config() {
            Err(Failure::Config(ConfigError::NotFound { .. })) => {
                Ok(Config::parse("", Path::new("sgi.toml"))?)
            }
            read => read,
        }
    }

    fn read_config(&self) -> Result<Config, Failure> {
        let file = self.config_file()?;
        let config = Config::load(&file)?;
        tracing::info!(file = %file.display(), desks = config.desks.len(), "read the configuration");
        for warning in &config.warnings {
            self.warn(warning);
        }
        Ok(config)
    }

    /// The host for a command that gets by without a configuration. One that is there counts.
    pub(crate) fn host_without_desks(&self) -> Result<Host, Failure> {
        match self.config() {
            Ok(config) => self.host(&config),
            Err(Failure::Config(ConfigError::NotFound { .. })) => self.default_host(),
            Err(failure) => Err(failure),
        }
    }

    /// The host as it is without a configuration.
    pub(crate) fn default_host(&self) -> Result<Host, Failure> {
        self.start(HostOptions::for_user())
    }

    /// Starts the host and tells its warnings.
    pub(crate) fn start(&self, options: HostOptions) -> Result<Host, Failure> {
        let host = Host::new(HostOptions {
            compiler: Some(self.compiler()?),
            ..options
        })?;
        for warning in host.warnings() {
            self.warn(warning);
        }
        Ok(host)
    }

    /// This program again, for components that nobody has read.
    pub(crate) fn compiler(&self) -> Result<Compiler, Failure> {
        Compiler::this_program()
            .map_err(|error| Failure::internal("this program is not found", &error))
    }

    pub(crate) fn host(&self, config: &Config) -> Result<Host, Failure> {
        self.start(options(config))
    }

    /// All desks, those that were made through the service included. What is wrong with the store is for the
    /// caller to tell.
    pub(crate) async fn desks(&self, config: &Config) -> Desks {
        let state = options(config).state_dir;
        let key = config.service.key_file.as_deref();
        Desks::in_folder(config, state.as_deref(), key).await
    }

    /// What the service keeps; made where it is not there yet.
    pub(crate) async fn registry(&self) -> Result<Registry, Failure> {
        let config = self.config_if_any()?;
        let state = state_dir(&config)?;
        Ok(Registry::open(&state, config.service.key_file.as_deref()).await?)
    }

    /// What the service keeps, if it is there.
    pub(crate) async fn existing_registry(&self) -> Result<Option<Registry>, Failure> {
        let config = self.config_if_any()?;
        let state = state_dir(&config)?;
        Ok(Registry::open_existing(&state, config.service.key_file.as_deref()).await?)
    }

    /// Whether details are wanted.
    pub(crate) fn verbose(&self) -> bool {
        self.teller.verbose
    }

    pub(crate) fn stderr_color(&self) -> bool {
        self.teller.color()
    }

    /// For work that goes on beside others.
    pub(crate) fn teller(&self) -> Teller {
        self.teller
    }

    /// Shown while it lives, if that is long enough.
    pub(crate) fn progress(&self, doing: &str) -> Progress {
        Progress::start(doing, self.teller.verbose)
    }

    /// Writes a result.
    pub(crate) fn print(&self, text: &str) -> Result<(), Failure> {
        let mut stdout = std::io::stdout().lock();
        stdout.write_all(text.as_bytes())?;
        stdout.flush()?;
        Ok(())
    }

    /// See [`Teller::tell`].
    pub(crate) fn tell(&self, desk: Option<&str>, failure: &Failure) {
        self.teller.tell(desk, failure);
    }

    /// See [`Teller::warn`].
    pub(crate) fn warn(&self, message: &str) {
        self.teller.warn(message);
    }

    /// See [`Teller::note`].
    pub(crate) fn note(&self, message: &str) {
        self.teller.note(message);
    }
}

/// The folders of a configuration.
fn options(config: &Config) -> HostOptions {
    let dirs = &config.host;
    let mut options = HostOptions::for_user();
    options.empty_wasi.clone_from(&config.empty_wasi);
    options.pins.clone_from(&config.pins);
    options.trusted_keys.clone_from(&config.trusted_keys);
    for (option, dir) in [
        (&mut options.state_dir, &dirs.state_dir),
        (&mut options.cache_dir, &dirs.cache_dir),
        (&mut options.connectors_dir, &dirs.connectors_dir),
    ] {
        if dir.is_some() {
            option.clone_from(dir);
        }
    }
    options
}

fn state_dir(config: &Config) -> Result<PathBuf, Failure> {
    options(config).state_dir.ok_or_else(|| {
        Failure::Usage(
            "what the service keeps needs a folder: set state_dir in [host] of sgi.toml".to_owned(),
        )
    })
}

/// Whether something was made through the service in the folder of this user.
fn service_has_settings() -> bool {
    let state = HostOptions::for_user().state_dir;
    state.is_some_and(|state| state.join("settings.db").exists())
}

/// Tells on stderr what is no result.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Teller {
    verbose: bool,
    color: When,
    json: bool,
}

impl Teller {
    fn color(self) -> bool {
        wants_color(self.color, std::io::stderr().is_terminal())
    }

    /// Tells on stderr what went wrong.
    pub(crate) fn tell(self, desk: Option<&str>, failure: &Failure) {
        if self.json {
            let error = failure.for_programs(self.verbose);
            let line = match desk.or(failure.desk()) {
                Some(desk) => json!({ "desk": desk, "error": error }),
                None => json!({ "error": error }),
            };
            self.to_stderr(&json::line(&line));
        } else {
            self.to_stderr(&self.marked(&failure.for_people(desk, self.verbose), BAD));
        }
    }

    /// Tells on stderr what somebody should look at.
    pub(crate) fn warn(self, message: &str) {
        if self.json {
            self.to_stderr(&json::line(&json!({ "warning": message })));
        } else {
            let text = format!("sgi: warning: {}\n", clean::line(message));
            self.to_stderr(&self.marked(&text, CAUTION));
        }
    }

    /// Tells people on stderr what they should know of a result. Programs have it in theirs.
    pub(crate) fn note(self, message: &str) {
        let text = format!("sgi: {}\n", clean::line(message));
        self.to_stderr(&self.marked(&text, CAUTION));
    }

    /// Tells people how far the work for a desk is. Programs wait for the result.
    pub(crate) fn news(self, desk: &str, message: &str) {
        if !self.json {
            self.note(&format!("{desk}: {message}"));
        }
    }

    /// With the name of the program in a colour, at the beginning of each line that has it.
    fn marked(self, text: &str, style: anstyle::Style) -> String {
        let screen = Screen {
            color: self.color(),
            ..screen::NOWHERE
        };
        text.split_inclusive('\n')
            .map(|line| match line.strip_prefix("sgi:") {
                Some(rest) => screen.paint("sgi:", style) + rest,
                None => line.to_owned(),
            })
            .collect()
    }

    fn to_stderr(self, text: &str) {
        // Where stderr is gone, there is nobody left to tell; the exit status still does.
        let _ = std::io::stderr().lock().write_all(text.as_bytes());
    }
}
