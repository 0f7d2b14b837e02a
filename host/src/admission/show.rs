//! The report as a text for people.

use super::{Admission, Declared};
use crate::engine::Profile;
use std::fmt;

/// As the report and the settings write it.
fn profile(profile: Profile) -> &'static str {
    match profile {
        Profile::Sealed => "sealed",
        Profile::EmptyWasi => "empty-wasi",
    }
}

impl fmt::Display for Admission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(declared) = &self.declared {
            writeln!(
                f,
                "{} ({}) {}",
                declared.name, declared.id, declared.version
            )?;
        }
        writeln!(f, "{}, {}", self.digest, Size(self.size))?;
        if !self.abilities.is_empty() {
            writeln!(
                f,
                "contract {}, profile {}",
                self.contract.as_deref().unwrap_or("none"),
                self.profile.map_or("none", profile)
            )?;
        }
        let rows = self.abilities.iter().map(|ability| {
            let mark = if ability.present { "+" } else { "-" };
            (
                format!("{mark} {}", ability.interface),
                ability.meaning.as_str(),
            )
        });
        table(f, "Exports", rows)?;
        let rows = self.imports.iter().map(|import| {
            // What is sealed is the rule; the rest is what an administrator should look at.
            let mark = match import.profile {
                Some(Profile::Sealed) => "+",
                Some(Profile::EmptyWasi) => "~",
                None => "-",
            };
            (format!("{mark} {}", import.name), import.meaning.as_str())
        });
        table(f, "Imports", rows)?;
        if let Some(declared) = &self.declared {
            declared.lists(f)?;
        }
        list(f, "Notes", &self.notes)?;
        list(f, "Problems", &self.problems)?;
        match self.problems.len() {
            0 => write!(f, "Admitted."),
            1 => write!(f, "Not admitted: 1 problem."),
            problems => write!(f, "Not admitted: {problems} problems."),
        }
    }
}

impl Declared {
    fn lists(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        list(f, "Speaks to", &self.systems)?;
        list(f, "Options", &self.options)?;
        list(f, "Sends secrets in", &self.slots)?;
        list(f, "Takes secrets from", &self.captures)
    }
}

fn list(f: &mut fmt::Formatter<'_>, title: &str, lines: &[String]) -> fmt::Result {
    if lines.is_empty() {
        return Ok(());
    }
    writeln!(f, "{title}")?;
    lines.iter().try_for_each(|line| writeln!(f, "  {line}"))
}

fn table<'a>(
    f: &mut fmt::Formatter<'_>,
    title: &str,
    rows: impl Iterator<Item = (String, &'a str)>,
) -> fmt::Result {
    let rows: Vec<(String, &str)> = rows.collect();
    // One name that is far longer than the others does not push their words off the screen.
    let width = rows
        .iter()
        .map(|(name, _)| name.len())
        .max()
        .unwrap_or(0)
        .min(44);
    if !rows.is_empty() {
        writeln!(f, "{title}")?;
    }
    rows.iter()
        .try_for_each(|(name, words)| writeln!(f, "  {name:width$}  {words}"))
}

/// A number of bytes as people read it.
struct Size(u64);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0..1_024 => write!(f, "{} bytes", self.0),
            1_024..1_048_576 => write!(f, "{} KiB", self.0.div_ceil(1_024)),
            _ => {
                let tenths = self.0.saturating_mul(10).div_ceil(1 << 20);
                write!(f, "{}.{} MiB", tenths / 10, tenths % 10)
            }
        }
    }
}
