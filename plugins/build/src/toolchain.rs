//! Finds a compiler for `wasm32-unknown-unknown`.
//!
//! The target is not part of a fresh rustup toolchain. Where rustup's server can be reached, it is
//! added; where it cannot, Debian's own compiler for WebAssembly builds the standard library from
//! its packaged source. Both make components that import nothing but what their world says.

use crate::say;
use anyhow::{Context, Result, anyhow, bail};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// The target of every connector.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// How long rustup may try to reach its server.
const RUSTUP_PATIENCE: Duration = Duration::from_secs(180);

/// Forces a route: `rustup` or `debian`.
const FORCE: &str = "SGI_WASM_ROUTE";

const PACKAGES: &[&str] = &["rustc-web", "cargo-web", "rust-web-src"];

/// A compiler for connectors.
pub enum Toolchain {
    /// The one that builds everything else.
    Rustup,
    /// Debian's, with a standard library built from source.
    Debian {
        /// Debian's cargo, which is not rustup's.
        cargo: PathBuf,
        /// Debian's compiler.
        rustc: PathBuf,
        /// The linker of rustup's toolchain.
        linker: PathBuf,
    },
}

impl Toolchain {
    /// Picks a route and says which.
    pub fn find() -> Result<Self> {
        let forced = std::env::var(FORCE).ok();
        match forced.as_deref() {
            Some("rustup") => rustup()?
                .then_some(Self::Rustup)
                .ok_or_else(|| anyhow!("rustup has no {TARGET}, and cannot fetch it")),
            Some("debian") => debian(),
            Some(other) => bail!("{FORCE}={other}: it takes \"rustup\" or \"debian\""),
            None if rustup()? => Ok(Self::Rustup),
            None => debian(),
        }
    }

    /// In words.
    pub fn describe(&self) -> String {
        match self {
            Self::Rustup => format!("rustup's {TARGET}"),
            Self::Debian { rustc, .. } => {
                format!("Debian's {} with its own std", rustc.display())
            }
        }
    }

    /// The beginning of a `cargo rustc` for one connector. It asks for a `cdylib` here and not in the
    /// manifest: for the host's own machine the exports' names could not be linked. With it comes
    /// the folder below the target directory in which it puts what it makes.
    pub fn cargo_rustc(&self, root: &Path) -> (Command, PathBuf) {
        // Not the folder of the host's own build: the two compilers would drive each other out, and
        // the two cargos wait for each other.
        let target_dir = root.join("target").join(match self {
            Self::Rustup => "wasm",
            Self::Debian { .. } => "wasm-debian",
        });
        let mut command = match self {
            Self::Rustup => Command::new("cargo"),
            Self::Debian { cargo, .. } => Command::new(cargo),
        };
        command
            .current_dir(root)
            .args([
                "rustc",
                "--lib",
                "--crate-type",
                "cdylib",
                "--target",
                TARGET,
                "--profile",
                "connector",
            ])
            .arg("--target-dir")
            .arg(&target_dir);
        if root.join("Cargo.lock").is_file() {
            command.arg("--locked");
        }
        if let Self::Debian { rustc, linker, .. } = self {
            command
                .args(["-Z", "build-std=std,panic_abort"])
                .env("RUSTC_BOOTSTRAP", "1")
                .env("RUSTC", rustc)
                .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker)
                .env_remove("RUSTUP_TOOLCHAIN")
                .env_remove("CARGO");
        }
        (command, target_dir.join(TARGET).join("connector"))
    }
}

/// Whether the toolchain that builds everything else has a target.
pub fn has_target(target: &str) -> Result<bool> {
    Ok(sysroot()?.join("lib/rustlib").join(target).is_dir())
}

/// Whether rustup's toolchain has the target, adding it if its server answers.
fn rustup() -> Result<bool> {
    if has_target(TARGET)? {
        return Ok(true);
    }
    say(&format!("adding {TARGET} by rustup …"));
    let mut child = match Command::new("rustup")
        .args(["target", "add", TARGET])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
    {
        Ok(child) => child,
        Err(_) => return Ok(false),
    };
    let deadline = Instant::now() + RUSTUP_PATIENCE;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status.success() && has_target(TARGET)?);
        }
        if Instant::now() > deadline {
            child.kill()?;
            child.wait()?;
            return Ok(false);
        }
        thread::sleep(Duration::from_millis(100));
    }
}

fn sysroot() -> Result<PathBuf> {
    let printed = stdout(Command::new("rustc").args(["--print", "sysroot"]))?;
    Ok(PathBuf::from(printed.trim()))
}

fn debian() -> Result<Toolchain> {
    let missing: Vec<&str> = PACKAGES
        .iter()
        .copied()
        .filter(|package| !installed(package))
        .collect();
    if !missing.is_empty() {
        say(&format!(
            "rustup cannot fetch {TARGET}; installing Debian's {} …",
            missing.join(", ")
        ));
        apt(&["update", "-qq"])?;
        let mut install = vec!["install", "-y", "-qq", "--no-install-recommends"];
        install.extend(&missing);
        apt(&install)?;
    }
    let sysroot = sysroot()?;
    let linker = sysroot.join("lib/rustlib/x86_64-unknown-linux-gnu/bin/rust-lld");
    let linker = if linker.is_file() {
        linker
    } else {
        find(&sysroot.join("lib/rustlib"), "rust-lld")
            .context("rustup's toolchain has no rust-lld, which links the components")?
    };
    Ok(Toolchain::Debian {
        cargo: packaged("cargo-web", "cargo")?,
        rustc: packaged("rustc-web", "rustc")?,
        linker,
    })
}

fn installed(package: &str) -> bool {
    stdout(Command::new("dpkg-query").args(["-W", "-f=${Status}", package]))
        .is_ok_and(|status| status.trim() == "install ok installed")
}

fn apt(arguments: &[&str]) -> Result<()> {
    let status = Command::new("apt-get")
        .args(["-o", "DPkg::Lock::Timeout=600"])
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()
        .context(
            "there is no apt-get here, and rustup could not add the target: install it by hand with \
             `rustup target add wasm32-unknown-unknown`",
        )?;
    if status.success() {
        return Ok(());
    }
    bail!(
        "apt-get {} failed ({status}); it must run as root, or add the target by hand with `rustup \
         target add {TARGET}`",
        arguments.join(" ")
    )
}

/// Where a package put its program of that name; Debian keeps several Rusts side by side.
fn packaged(package: &str, program: &str) -> Result<PathBuf> {
    let files = stdout(Command::new("dpkg").args(["-L", package]))?;
    let candidates = files
        .lines()
        .map(PathBuf::from)
        .filter(|path| path.file_name().is_some_and(|name| name == program));
    for candidate in candidates {
        if candidate.components().any(|part| part.as_os_str() == "bin") && candidate.exists() {
            return Ok(candidate);
        }
    }
    bail!("Debian's package {package} brought no {program}")
}

fn find(folder: &Path, name: &str) -> Result<PathBuf> {
    for entry in std::fs::read_dir(folder)? {
        let candidate = entry?.path().join("bin").join(name);
        if candidate.is_file() {
            return Ok(candidate);
        }
    }
    bail!("there is no {name} below {}", folder.display())
}

fn stdout(command: &mut Command) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("{command:?} could not be started"))?;
    if !output.status.success() {
        bail!("{command:?} failed ({})", output.status);
    }
    Ok(String::from_utf8(output.stdout)?)
}
