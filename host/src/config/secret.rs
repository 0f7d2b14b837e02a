//! Passwords: where they are, and getting them from there.

use super::closest;
use super::read::{Node, Reader};
use crate::files;
use secrecy::SecretString;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use toml::de::DeValue;

/// Tokens of some desks are long; nothing that logs in is longer than this.
const MAX_FILE: u64 = 64 << 10;

const SHAPES: &str = "text in quotes, or { env = \"NAME\" }, or { file = \"path\" }";

/// Where a secret is.
#[derive(Debug, Clone)]
pub(super) enum Secret {
    /// In the configuration itself.
    Literal(SecretString),
    /// In this environment variable.
    Env(String),
    /// In this file.
    File(PathBuf),
}

impl Secret {
    pub(super) fn read(reader: &mut Reader<'_>, node: &Node<'_>) -> Option<Self> {
        match node.value {
            DeValue::String(text) => Some(Self::Literal(SecretString::from(text.to_string()))),
            DeValue::Table(_) if reader.may_name_files() => Self::read_table(reader, node),
            DeValue::Table(_) => {
                reader.problem(
                    node,
                    "expected text; what is sent may name no variable and no file of the service's \
                     machine",
                );
                None
            }
            _ => {
                let expected = match reader.may_name_files() {
                    true => SHAPES,
                    false => "text",
                };
                reader.wrong_type(node, expected);
                None
            }
        }
    }

    fn read_table(reader: &mut Reader<'_>, node: &Node<'_>) -> Option<Self> {
        let table = reader.table(node, SHAPES)?;
        let (env, file) = (table.get("env"), table.get("file"));
        let mut others = table
            .nodes()
            .filter(|node| !["env", "file"].contains(&node.name()));
        if let Some(other) = others.next() {
            // The key is not repeated: `{ "my password" }` is a way to get this wrong.
            let message = match closest(other.name(), ["env", "file"]) {
                Some(meant) => format!("expected {SHAPES}; did you mean {meant:?}?"),
                None => format!("expected {SHAPES}"),
            };
            reader.problem(node, message);
            return None;
        }
        match (env, file) {
            (Some(env), None) => {
                let name = reader.text(&env)?;
                if name.is_empty() || name.contains(['=', '\0', '$']) {
                    let message = "expected the name of an environment variable, without $";
                    reader.problem(&env, message);
                    return None;
                }
                Some(Self::Env(name))
            }
            (None, Some(file)) => {
                let name = reader.text(&file)?;
                if name.is_empty() {
                    reader.problem(&file, "is empty; write the path of a file");
                    return None;
                }
                Some(Self::File(reader.path(&name)))
            }
            _ => {
                reader.problem(node, format!("expected {SHAPES}, one of them"));
                None
            }
        }
    }

    /// The file that it is in, if it is in one of its own.
    pub(super) fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Literal(_) | Self::Env(_) => None,
        }
    }

    /// Whether the secret stands in the configuration.
    pub(super) fn is_literal(&self) -> bool {
        matches!(self, Self::Literal(_))
    }

    /// Gets the secret, or a sentence that says why there is none.
    pub(super) fn resolve(
        &self,
        env: impl Fn(&str) -> Result<String, std::env::VarError>,
    ) -> Result<SecretString, String> {
        match self {
            Self::Literal(secret) => {
                let text = secrecy::ExposeSecret::expose_secret(secret);
                judge(text, "the value").map(|()| secret.clone())
            }
            Self::Env(name) => {
                let place = format!("the environment variable {name}");
                let text = env(name).map_err(|error| match error {
                    std::env::VarError::NotPresent => format!(
                        "{place} is not set; set it where sgi is started, or use {{ file = … }}"
                    ),
                    std::env::VarError::NotUnicode(_) => format!("{place} is not UTF-8 text"),
                })?;
                judge(&text, &place).map(|()| SecretString::from(text))
            }
            Self::File(path) => {
                let place = format!("the file {}", path.display());
                let mut text = read_file(path, &place)?;
                // Some editors of Windows begin a file with a mark that is no part of its text.
                if text.starts_with('\u{feff}') {
                    text.remove(0);
                }
                // One newline is the editor's, more would be the secret's.
                if text.ends_with('\n') {
                    text.pop();
                    if text.ends_with('\r') {
                        text.pop();
                    }
                }
                judge(&text, &place).map(|()| SecretString::from(text))
            }
        }
    }
}

fn read_file(path: &Path, place: &str) -> Result<String, String> {
    let (bytes, _) = files::read_named(path, MAX_FILE).map_err(|error| {
        format!("{place} cannot be read: {error}; check the path and who may read it")
    })?;
    String::from_utf8(bytes).map_err(|_| format!("{place} is not UTF-8 text"))
}

/// What no desk takes as a password is a mistake of the place: the wrong file, an unset variable.
fn judge(text: &str, place: &str) -> Result<(), String> {
    if text.is_empty() {
        Err(format!("{place} is empty"))
    } else if text.contains(['\n', '\r', '\0']) {
        Err(format!(
            "{place} holds more than one line; it must hold the secret and nothing else"
        ))
    } else {
        Ok(())
    }
}

impl Secret {
    /// The secret itself, where it stands in the configuration.
    pub(super) fn literal(&self) -> Option<&SecretString> {
        match self {
            Self::Literal(secret) => Some(secret),
            Self::Env(_) | Self::File(_) => None,
        }
    }
}

/// A warning, when others than those who must may read a file that holds a password.
pub(super) fn exposed(path: &Path, metadata: &Metadata) -> Option<String> {
    let mode = metadata.mode() & 0o777;
    // A file of somebody else is read by way of its group: root's own, for a service.
    let others = match files::is_ours(metadata, 0) {
        true => 0o044,
        false => 0o004,
    };
    (metadata.is_file() && mode & others != 0).then(|| {
        let path = path.display();
        format!(
            "{path} holds a password, and others than its owner can read it (mode {mode:03o}): run \
             `chmod go-r {path}`"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;
    use std::env::VarError;

    fn no_env(_: &str) -> Result<String, VarError> {
        Err(VarError::NotPresent)
    }

    #[test]
    fn one_newline_at_the_end_of_a_file_is_cut() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("password");
        let secret = Secret::File(path.clone());
        for (written, read) in [
            ("a b ", Ok("a b ")),
            ("x\n", Ok("x")),
            ("x\r\n", Ok("x")),
            ("\u{feff}x\n", Ok("x")),
        ] {
            std::fs::write(&path, written).unwrap();
            let resolved = secret.resolve(no_env).unwrap();
            assert_eq!(Ok::<_, String>(resolved.expose_secret()), read);
        }
        for (written, told) in [
            ("", "is empty"),
            ("\n", "is empty"),
            ("x\n\n", "more than one line"),
            ("x\ny\n", "more than one line"),
        ] {
            std::fs::write(&path, written).unwrap();
            let error = secret.resolve(no_env).unwrap_err();
            assert!(error.contains(told), "{error}");
        }
        std::fs::write(&path, [0xff, 0xfe]).unwrap();
        assert!(secret.resolve(no_env).unwrap_err().contains("UTF-8"));
        std::fs::write(&path, vec![b'x'; 70_000]).unwrap();
        assert!(secret.resolve(no_env).unwrap_err().contains("larger"));
    }

    #[test]
    fn a_variable_is_taken_as_it_is() {
        let secret = Secret::Env("RT_PASSWORD".to_owned());
        let resolved = secret.resolve(|name| Ok(format!("{name}!"))).unwrap();
        assert_eq!(resolved.expose_secret(), "RT_PASSWORD!");
        let error = secret.resolve(no_env).unwrap_err();
        assert!(error.starts_with("the environment variable RT_PASSWORD is not set"));
        assert!(
            secret
                .resolve(|_| Ok(String::new()))
                .unwrap_err()
                .contains("empty")
        );
    }

    #[test]
    fn a_file_with_a_password_that_others_can_read_is_told() {
        use crate::config::Config;
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sgi.toml");
        let warnings = |text: &str, mode: u32| {
            std::fs::write(&path, text).unwrap();
            std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
            Config::load(&path).unwrap().warnings
        };
        let literal = "[desks.a]\npassword = 's3cret'";
        assert_eq!(warnings(literal, 0o600), Vec::<String>::new());
        let told = warnings(literal, 0o640).join("\n");
        assert!(
            told.contains("mode 640") && !told.contains("s3cret"),
            "{told}"
        );
        let elsewhere = "[desks.a]\npassword = { env = 'X' }";
        assert_eq!(warnings(elsewhere, 0o644), Vec::<String>::new());
        // A file of its own is looked at instead.
        let beside = folder.path().join("pw");
        std::fs::write(&beside, "s3cret").unwrap();
        let in_file = "[desks.a]\npassword = { file = 'pw' }\n[desks.b]\npassword = { file = 'pw' }\n\
                       [desks.c]\nproxy = { file = 'pw' }";
        for (mode, count) in [(0o600, 0), (0o640, 1), (0o644, 1)] {
            std::fs::set_permissions(&beside, PermissionsExt::from_mode(mode)).unwrap();
            let told = warnings(in_file, 0o644);
            assert_eq!(told.len(), count, "{told:?}");
            assert!(
                told.iter()
                    .all(|told| told.contains("chmod go-r") && told.contains("/pw"))
            );
        }
    }
}
