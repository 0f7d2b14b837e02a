//! The database that every server starts from.
//!
//! Promised: it is built once for each content (our scripts, the description in `seed.json` and the
//! version of the packages), it is complete or not there, and no server writes to it.
//!
//! ```text
//! template-<fingerprint>/   root:www-data 0750
//!   seed.json *.pl *.pm     read by the server's user, written by nobody
//!   home/                   www-data 0700, copied for each server
//!     rt.sqlite mason/ session/ tmp/
//! ```

use std::{
    collections::hash_map::DefaultHasher,
    fs::{self, DirBuilder},
    hash::{Hash as _, Hasher as _},
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
    process::{self, Command},
    time::{Duration, Instant},
};

use crate::{
    account::ROOT,
    command::run,
    debian,
    error::{Error, Tried as _},
    instance::Site,
    state::{Lock, State, own, share},
};

/// All that goes into a template and into a server, apart from the packages.
const FILES: [(&str, &str); 5] = [
    ("seed.json", include_str!("../seed.json")),
    ("seed.pl", include_str!("../perl/seed.pl")),
    ("Frozen.pm", include_str!("../perl/Frozen.pm")),
    ("guard.pl", include_str!("../perl/guard.pl")),
    ("site_config.pm", include_str!("../perl/site_config.pm")),
];

/// A template in the making; it gets its name when it is complete.
const DRAFT: &str = "draft-";

/// When the empty database was set up, for those who live in it: before its first user.
const SET_UP: &str = "2024-01-08T06:00:00Z";

/// The port in the addresses that the seeded mails name; no server answers there. It is the one of the
/// recorded exchanges, so that texts compare equal.
const MAIL_PORT: u16 = 8081;

/// Ten times what it takes on two cores.
const LIMIT: Duration = Duration::from_secs(300);

/// A finished template.
#[derive(Debug)]
pub(crate) struct Template {
    pub(crate) scripts: PathBuf,
    pub(crate) home: PathBuf,
}

impl Template {
    fn at(directory: PathBuf) -> Self {
        Self {
            home: directory.join("home"),
            scripts: directory,
        }
    }
}

/// Installs the packages and builds the template, unless that was done before.
///
/// [`crate::RealRt::start`] does it, too. Calling this once before many tests keeps a long first
/// start out of their time limits.
///
/// # Errors
///
/// Not root, not Debian 12, no network to install from, or the template cannot be built; see
/// [`Error`].
pub fn prepare() -> Result<(), Error> {
    let state = State::open()?;
    let lock = state.lock()?;
    ready(&state, &lock).map(drop)
}

/// The template; built first when there is none for the present content.
pub(crate) fn ready(state: &State, _lock: &Lock) -> Result<Template, Error> {
    let version = debian::request_tracker(&state.root)?;
    let directory = state
        .root
        .join(format!("template-{:016x}", fingerprint(&version)));
    if !directory.exists() {
        let began = Instant::now();
        eprintln!("real-rt: building the template database (once for its content)");
        discard_drafts(state)?;
        let draft = state.root.join(format!("{DRAFT}{}", process::id()));
        build(state, &draft)?;
        fs::rename(&draft, &directory)
            .tried(|| format!("rename {} to {}", draft.display(), directory.display()))?;
        eprintln!(
            "real-rt: built it in {:.1} s",
            began.elapsed().as_secs_f64()
        );
    }
    Ok(Template::at(directory))
}

/// Drafts of failed and of killed processes. A killed one's Perl may live on for some seconds, so the
/// next draft has another name.
fn discard_drafts(state: &State) -> Result<(), Error> {
    let what = || format!("clean the directory {}", state.root.display());
    for entry in fs::read_dir(&state.root).tried(what)? {
        let entry = entry.tried(what)?;
        if entry.file_name().to_string_lossy().starts_with(DRAFT) {
            fs::remove_dir_all(entry.path()).tried(what)?;
        }
    }
    Ok(())
}

fn fingerprint(version: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (FILES, SET_UP, MAIL_PORT, ROOT.password, version).hash(&mut hasher);
    hasher.finish()
}

fn build(state: &State, draft: &Path) -> Result<(), Error> {
    directory(draft)?;
    for (name, text) in FILES {
        let path = draft.join(name);
        fs::write(&path, text).tried(|| format!("write {}", path.display()))?;
        share(&path, state.server, 0o640)?;
    }
    let template = Template::at(draft.to_owned());
    directory(&template.home)?;
    for name in ["mason", "session", "tmp"] {
        let path = template.home.join(name);
        directory(&path)?;
        own(&path, state.server, 0o700)?;
    }
    own(&template.home, state.server, 0o700)?;
    share(draft, state.server, 0o750)?;

    set_up(state, &template)?;
    seed(state, &template)
}

/// An empty database with the superuser, by the program that comes with Request Tracker.
fn set_up(state: &State, template: &Template) -> Result<(), Error> {
    let password = template.home.join("tmp/password");
    let what = || format!("write {}", password.display());
    fs::write(&password, format!("{}\n", ROOT.password)).tried(what)?;
    own(&password, state.server, 0o600)?;

    let mut program = perl(state, template);
    program
        .arg(format!("-MFrozen={SET_UP}"))
        .arg("/usr/sbin/rt-setup-database-5")
        .args(["--action", "init", "--skip-create", "--root-password-file"])
        .arg(&password);
    run(
        "rt-setup-database-5",
        &mut program,
        &template.scripts.join("set-up.log"),
        LIMIT,
    )?;
    fs::remove_file(&password).tried(|| format!("remove {}", password.display()))
}

fn seed(state: &State, template: &Template) -> Result<(), Error> {
    let mut program = perl(state, template);
    program
        .arg("-MFrozen")
        .arg(template.scripts.join("seed.pl"))
        .arg(template.scripts.join("seed.json"));
    run(
        "seed.pl",
        &mut program,
        &template.scripts.join("seed.log"),
        LIMIT,
    )
}

fn perl(state: &State, template: &Template) -> Command {
    let site = Site {
        scripts: &template.scripts,
        home: &template.home,
        port: MAIL_PORT,
        web_path: "",
    };
    let mut perl = site.perl(state.server);
    // The order of a hash decides some row ids: let it be the same each time.
    perl.env("PERL_HASH_SEED", "0")
        .env("PERL_PERTURB_KEYS", "0")
        .arg("-I")
        .arg(&template.scripts);
    perl
}

fn directory(path: &Path) -> Result<(), Error> {
    DirBuilder::new()
        .mode(0o700)
        .create(path)
        .tried(|| format!("make the directory {}", path.display()))
}
