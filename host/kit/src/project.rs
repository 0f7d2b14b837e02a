//! A new project: the template of its language, the contract, and for Rust the guest library.

use crate::language::Language;
use anyhow::{Context, Result, bail};
use include_dir::{Dir, File, include_dir};
use std::fs;
use std::path::{Path, PathBuf};

static TEMPLATES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../plugins/templates");
static CONTRACT: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../wit");
static GUEST: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../plugins/guest");

/// What a connector is called.
#[derive(Debug, Clone)]
pub struct Names {
    /// What a desk's `type` will name.
    id: String,
    /// What people call the desk's product.
    title: String,
}

impl Names {
    /// `id`: lower-case letters, digits and hyphens. Without a title, the id is made one.
    pub fn new(id: &str, title: Option<&str>) -> Result<Self> {
        let letters = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let fits = (2..=40).contains(&id.len())
            && id.bytes().all(letters)
            && id.starts_with(|c: char| c.is_ascii_lowercase())
            && !id.ends_with('-')
            && !id.contains("--");
        if !fits {
            bail!(
                "{id:?} cannot be a connector's name: it takes 2 to 40 lower-case letters, digits and single \
                 hyphens between them, and begins with a letter, as in \"acme-desk\""
            );
        }
        if ["rt", "otrs", "itop"].contains(&id) {
            bail!("{id:?} is the name of a connector that is built in: choose another");
        }
        let title = title.map_or_else(|| titled(id), |title| title.trim().to_owned());
        let plain = |c: char| c.is_alphanumeric() || " -_.,()/&+'".contains(c);
        if title.is_empty() || title.chars().count() > 60 || !title.chars().all(plain) {
            bail!(
                "{title:?} cannot be a product's name here: 1 to 60 letters, digits, blanks and -_.,()/&+'"
            );
        }
        Ok(Self {
            id: id.to_owned(),
            title,
        })
    }

    fn fill(&self, text: &str) -> String {
        // Strings of all three languages are quoted in a way that an apostrophe could end.
        text.replace("{{name}}", &self.id)
            .replace("{{title}}", &self.title.replace('\'', "\u{2019}"))
    }
}

/// `acme-desk` as `Acme Desk`.
fn titled(id: &str) -> String {
    let words = id.split('-').map(|word| {
        let mut letters = word.chars();
        let first = letters.next().map(|c| c.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Makes a project in a folder that is not there yet, or empty. Returns its files, in order.
pub fn create(folder: &Path, names: &Names, language: Language) -> Result<Vec<PathBuf>> {
    let taken = fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
    if taken || folder.is_file() {
        bail!(
            "{} is there already and not empty: choose another name, or --dir FOLDER",
            folder.display()
        );
    }
    let mut made = Vec::new();
    for template in ["common", language.template()] {
        let template = TEMPLATES
            .get_dir(template)
            .context("the template is missing from this program")?;
        for file in files(template) {
            let inner = file.path().strip_prefix(template.path())?;
            let text = file.contents_utf8().context("a template that is no text")?;
            let text = names.fill(text);
            // Cargo would take a template's manifest for one of this project.
            let inner = inner.to_string_lossy();
            let inner = inner.strip_suffix(".template").unwrap_or(&inner);
            write(folder, Path::new(inner), text.as_bytes(), &mut made)?;
        }
    }
    for file in files(&CONTRACT) {
        write(
            folder,
            &Path::new("wit").join(file.path()),
            file.contents(),
            &mut made,
        )?;
    }
    if language == Language::Rust {
        for file in files(&GUEST) {
            let to = Path::new("vendor/sgi-guest").join(file.path());
            if file.path() == Path::new("Cargo.toml") {
                let manifest = file.contents_utf8().context("a manifest that is no text")?;
                write(folder, &to, on_its_own(manifest).as_bytes(), &mut made)?;
            } else {
                write(folder, &to, file.contents(), &mut made)?;
            }
        }
    }
    made.sort();
    Ok(made)
}

fn write(folder: &Path, inner: &Path, content: &[u8], made: &mut Vec<PathBuf>) -> Result<()> {
    let file = folder.join(inner);
    if let Some(parent) = file.parent() {
        fs::create_dir_all(parent)
            .with_context(|| format!("{} cannot be made", parent.display()))?;
    }
    fs::write(&file, content).with_context(|| format!("{} cannot be written", file.display()))?;
    made.push(inner.to_owned());
    Ok(())
}

fn files<'a>(dir: &'a Dir<'a>) -> Vec<&'a File<'a>> {
    let mut all: Vec<_> = dir.files().collect();
    for inner in dir.dirs() {
        all.extend(files(inner));
    }
    all
}

/// The guest library's manifest, without what it has from this workspace.
fn on_its_own(manifest: &str) -> String {
    let mut out = String::new();
    let mut skipped = false;
    for line in manifest.lines() {
        if line.starts_with('[') {
            skipped = line == "[lints]" || line == "[dev-dependencies]";
        }
        let line = match line {
            "version.workspace = true" => concat!("version = \"", env!("CARGO_PKG_VERSION"), "\""),
            "edition.workspace = true" => "edition = \"2024\"",
            "license.workspace = true" => "license = \"Apache-2.0\"",
            "publish.workspace = true" => "publish = false",
            "rust-version.workspace = true" => continue,
            line => line,
        };
        if !skipped {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_name_is_made_a_title() {
        assert_eq!(Names::new("acme-desk2", None).unwrap().title, "Acme Desk2");
    }

    #[test]
    fn names_that_do_not_fit_are_refused() {
        for id in [
            "",
            "a",
            "-a",
            "a-",
            "a--b",
            "Acme",
            "acme_desk",
            "1a",
            "rt",
            "../x",
        ] {
            assert!(Names::new(id, None).is_err(), "{id}");
        }
        for title in ["", "a\"b", "a\\b", "a\nb", "{{name}}", "a`b", "$a"] {
            assert!(Names::new("acme", Some(title)).is_err(), "{title}");
        }
    }

    #[test]
    fn nothing_is_left_to_fill_in() {
        for language in [Language::Rust, Language::JavaScript, Language::Python] {
            let temp = tempfile::tempdir().unwrap();
            let folder = temp.path().join("acme");
            let names = Names::new("acme", Some("Bob's Desk")).unwrap();
            let made = create(&folder, &names, language).unwrap();
            assert_eq!(Language::of_project(&folder).unwrap(), language);
            for file in made {
                let text = fs::read_to_string(folder.join(&file)).unwrap();
                assert!(!text.contains("{{"), "{}", file.display());
                assert!(!text.contains("workspace = true"), "{}", file.display());
            }
            // What is there is not written over.
            assert!(create(&folder, &names, language).is_err());
        }
    }
}
