//! What a component is, known before any of it runs.
//!
//! Linking a component that does not fit says so in the linker's words. Here the bytes are read and
//! compared with the contract in `wit/` first, and every difference becomes a sentence that whoever
//! wrote the connector can act on. The bytes are anything at all: nothing here may panic, and what
//! it does is bounded by the size of the file and of the contract.

mod bytes;
mod component;
mod contract;
mod declared;
mod exports;
mod imports;
mod name;
mod shape;
mod show;
#[cfg(test)]
mod tests;

use crate::engine::Profile;
use crate::text::one_line;
use component::Component;
use contract::CONTRACT;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A component larger than this is not looked into. A connector in Python has 19 MiB.
pub(crate) const MAX_COMPONENT: usize = 64 << 20;
/// Sentences of one kind in a report; what is more is counted.
const MAX_SENTENCES: usize = 50;
/// Imports that are looked at. All profiles together give a third of that, and each is compared
/// with the contract at a cost that the component has a hand in.
const MAX_IMPORTS: usize = 100;
/// Characters of a foreign name, and of a sentence that quotes some.
const MAX_NAME: usize = 120;
const MAX_SENTENCE: usize = 800;

/// The report on a component before it runs.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Admission {
    /// SHA-256 of the bytes: `sha256:…`.
    pub digest: String,
    /// How many bytes there are.
    pub size: u64,
    /// The contract that the component was built for (`sgi:connector@0.1.0`), if any.
    pub contract: Option<String>,
    /// The smallest profile that gives everything it imports; none if no profile does.
    pub profile: Option<Profile>,
    /// The abilities that the contract knows, with whether the component has them. Empty if the
    /// bytes are not a component.
    pub abilities: Vec<Ability>,
    /// What it asks for.
    pub imports: Vec<Import>,
    /// What it says about itself, once it has been asked.
    pub declared: Option<Declared>,
    /// What is different from the contract and harmless.
    pub notes: Vec<String>,
    /// Why it cannot be run, a sentence each; none if it can.
    pub problems: Vec<String>,
}

/// An interface of the contract that a component may export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Ability {
    /// As the contract names it (`tickets`).
    pub interface: String,
    /// Whether the component exports it.
    pub present: bool,
    /// Whether a connector must have it.
    pub required: bool,
    /// What the component can do with it, or cannot without: "cannot feed the logbook".
    pub meaning: String,
}

/// An interface that a component asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Import {
    /// As the component names it (`wasi:clocks/wall-clock@0.2.12`).
    pub name: String,
    /// What it gets by that: "the clock".
    pub meaning: String,
    /// The smallest profile that gives it; none if no profile does.
    pub profile: Option<Profile>,
}

/// What a component says about itself, each list in words. Asking for it means running the
/// component, so it is the caller who fills this in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Declared {
    /// What a desk's `type` names.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Of the connector.
    pub version: String,
    /// The products that it speaks to.
    pub systems: Vec<String>,
    /// Where its requests may carry a secret.
    pub slots: Vec<String>,
    /// Where its desk's answers hand out a secret.
    pub captures: Vec<String>,
    /// The options that a desk's settings may have.
    pub options: Vec<String>,
}

impl Admission {
    /// Whether the component fits the contract and a profile gives all that it imports.
    pub fn admitted(&self) -> bool {
        self.problems.is_empty()
    }

    /// Adds why it cannot be run after all.
    pub(crate) fn refuse(&mut self, why: &impl std::fmt::Display) {
        self.problems.push(one_line(&why.to_string(), MAX_SENTENCE));
    }

    /// Adds what an administrator should know.
    pub(crate) fn note(&mut self, note: String) {
        self.notes.push(one_line(&note, MAX_SENTENCE));
    }

    fn of(wasm: &[u8]) -> Self {
        let mut digest = String::from("sha256:");
        for byte in Sha256::digest(wasm) {
            // Writing to a string does not fail.
            let _ = write!(digest, "{byte:02x}");
        }
        Self {
            digest,
            size: u64::try_from(wasm.len()).unwrap_or(u64::MAX),
            contract: None,
            profile: None,
            abilities: Vec::new(),
            imports: Vec::new(),
            declared: None,
            notes: Vec::new(),
            problems: Vec::new(),
        }
    }
}

/// Looks at bytes that claim to be a connector.
pub(crate) fn examine(wasm: &[u8]) -> Admission {
    // The parser is made for hostile bytes and knows no panic. It is also thirty thousand lines that
    // are not ours, it reads what strangers upload, and the host must outlive whatever it missed:
    // a panic in there is one more way for a component to be malformed. Nothing that it could leave
    // half-changed is used afterwards.
    match catch_unwind(AssertUnwindSafe(|| look(wasm))) {
        Ok(admission) => admission,
        Err(_) => {
            let mut admission = Admission::of(wasm);
            admission.problems.push(
                "the component is malformed in a way that the reader of components did not foresee"
                    .to_owned(),
            );
            admission
        }
    }
}

/// The report on bytes that nobody should look into any further.
pub(crate) fn refused(wasm: &[u8], why: &impl std::fmt::Display) -> Admission {
    let mut admission = Admission::of(wasm);
    admission.refuse(why);
    admission
}

/// The report on bytes that are too many.
pub(crate) fn refused_by_size(wasm: &[u8]) -> Option<Admission> {
    let why = bytes::too_large(wasm)?;
    Some(refused(wasm, &why))
}

fn look(wasm: &[u8]) -> Admission {
    let mut admission = Admission::of(wasm);
    let found = match bytes::refuse(wasm) {
        Some(problem) => Err(problem),
        None => Component::read(wasm),
    };
    match (&*CONTRACT, found) {
        (Ok(contract), Ok(component)) => {
            exports::judge(&mut admission, contract, &component);
            imports::judge(&mut admission, contract, &component);
        }
        (_, Err(problem)) => admission.problems.push(problem),
        (Err(error), _) => admission.problems.push(format!(
            "the host cannot read its own contract, which is a mistake in it: {error}"
        )),
    }
    bound(&mut admission.problems);
    bound(&mut admission.notes);
    admission
}

/// Keeps a component that is wrong everywhere from filling a screen, or from acting on it.
fn bound(sentences: &mut Vec<String>) {
    let more = sentences.len().saturating_sub(MAX_SENTENCES);
    sentences.truncate(MAX_SENTENCES);
    for sentence in sentences.iter_mut() {
        *sentence = one_line(sentence, MAX_SENTENCE);
    }
    if more > 0 {
        sentences.push(format!("… and {more} more"));
    }
}
