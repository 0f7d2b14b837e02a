//! A component comes into the folder of connectors. Whether it may run is decided as for any other file there.

use super::review::{decide, invalid};
use super::signature::{self, MAX_SIGNATURE};
use crate::admission::{Admission, MAX_COMPONENT};
use crate::catalog::{self, Digest, Source};
use crate::error::{Error, Problem};
use crate::files;
use crate::host::{Host, Installed};
use crate::text::one_line;
use rustix::fs::{FlockOperation, flock};
use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// Characters of a file's name.
const MAX_NAME: usize = 64;

/// A component that is to lie in the folder.
#[derive(Debug, Clone)]
pub struct Install {
    /// Its file becomes `NAME.wasm`: lower-case letters, digits and `-`.
    pub name: String,
    /// The component.
    pub wasm: Vec<u8>,
    /// The text of its `.minisig`.
    pub signature: Option<String>,
    /// The component that lies there and may be replaced. Without it none is.
    pub replaces: Option<Digest>,
}

/// A component that lies in the folder.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Placed {
    /// What is to be said of it, as [`Host::connectors`] does.
    pub installed: Installed,
    /// What it imports and exports; what it says of itself, where it may be asked.
    pub report: Admission,
    /// What lay there before, if that was another one.
    pub replaced: Option<Digest>,
    /// Whether something was written: it did not lie there as it is.
    pub new: bool,
}

/// Why it does not.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum InstallError {
    /// Another one lies there.
    #[error(
        "{} holds another component, {holds}: nothing has changed; choose another name, or say that this is the \
         one to replace",
        .file.display()
    )]
    Taken {
        /// The file.
        file: PathBuf,
        /// What it is.
        holds: Digest,
    },
    /// Whatever else.
    #[error(transparent)]
    Other(#[from] Error),
}

impl Host {
    /// Puts a component into the folder, with its signature. It replaces no other one than it says, is there
    /// whole or not at all, and waits for an approval unless it may run.
    ///
    /// # Errors
    /// Another component lies there ([`InstallError::Taken`]); it would never run, is not what its signature is
    /// for, or cannot be written.
    pub async fn install(&self, new: Install) -> Result<Placed, InstallError> {
        let folder = self.connectors_dir().map(Path::to_owned);
        let folder = folder.ok_or_else(|| {
            invalid("there is no folder of connectors: set connectors_dir in [host]".to_owned())
        })?;
        check(&new)?;
        let report = self.examine(new.wasm.clone()).await?;
        if !report.admitted() {
            let problems = one_line(&report.problems.join("; "), 2_000);
            return Err(Error::NotAdmitted(Problem::new(format!(
                "the component would not run, and was not installed: {problems}"
            )))
            .into());
        }
        let keys = self.trust().now().keys();
        let file = folder.join(format!("{}.wasm", new.name));
        let place = file.clone();
        let (replaced, written) = decide(move || {
            if let Some(text) = &new.signature {
                signature::fits(text, &new.wasm, &keys).map_err(|why| {
                    invalid(format!("the component {why}: nothing was installed"))
                })?;
            }
            Ok(put(&folder, &place, &new))
        })
        .await??;
        let candidate = catalog::file(&file)?;
        let digest = candidate.digest;
        let decided = self.trust().now();
        let (installed, asked) = self
            .installed(&decided, Source::File(file), Ok(candidate.clone()))
            .await;
        let report = self.report(&digest, &candidate.wasm, asked).await?;
        tracing::info!(file = %installed.source, %digest, "a connector was installed");
        Ok(Placed {
            installed,
            report,
            replaced,
            new: written,
        })
    }
}

fn check(new: &Install) -> Result<(), Error> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if new.name.is_empty() || new.name.len() > MAX_NAME || !new.name.chars().all(fits) {
        return Err(invalid(format!(
            "a connector's name consists of 1 to {MAX_NAME} lower-case letters, digits and \"-\""
        )));
    }
    if new.wasm.len() > MAX_COMPONENT {
        let limit = MAX_COMPONENT >> 20;
        return Err(invalid(format!("a component has at most {limit} MiB")));
    }
    match &new.signature {
        Some(text) if text.len() as u64 > MAX_SIGNATURE => Err(invalid(format!(
            "a signature has at most {MAX_SIGNATURE} bytes"
        ))),
        _ => Ok(()),
    }
}

/// Brings what was replaced, and whether anything was written.
fn put(folder: &Path, file: &Path, new: &Install) -> Result<(Option<Digest>, bool), InstallError> {
    let failed = |error: io::Error| {
        Error::Host(Problem::new(format!(
            "the component cannot be written to {}: {error}",
            file.display()
        )))
    };
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(failed)?;
    let metadata = fs::metadata(folder).map_err(failed)?;
    if let Some(why) = files::changeable_by(&metadata) {
        return Err(catalog::untrusted(&format!("the folder {}", folder.display()), &why).into());
    }
    // One after the other, whichever process it is: what lies there is what is replaced.
    let turn = File::open(folder).map_err(failed)?;
    flock(&turn, FlockOperation::LockExclusive).map_err(|error| failed(error.into()))?;
    let there = match files::read(file, MAX_COMPONENT as u64) {
        Ok((bytes, _)) => Some(Digest::of(&bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(failed(error).into()),
    };
    let digest = Digest::of(&new.wasm);
    let other = there.filter(|there| *there != digest);
    if let Some(holds) = other
        && new.replaces != other
    {
        let file = file.to_owned();
        return Err(InstallError::Taken { file, holds });
    }
    let signature = signature::file(file);
    let mut written = false;
    if there != Some(digest) {
        // Whoever dies after this leaves a signature that does not fit: the component waits.
        files::replace_durably(file, &[&new.wasm]).map_err(failed)?;
        written = true;
    }
    match &new.signature {
        Some(text) => {
            let same = files::read(&signature, MAX_SIGNATURE);
            if !same.is_ok_and(|(known, _)| known == text.as_bytes()) {
                files::replace_durably(&signature, &[text.as_bytes()]).map_err(failed)?;
                written = true;
            }
        }
        None if other.is_some() => match fs::remove_file(&signature) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(failed(error).into());
            }
            _ => {}
        },
        None => {}
    }
    Ok((other, written))
}
