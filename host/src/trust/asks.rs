//! What a component asks for, and by how much that is more than what another one did.

use crate::admission::Admission;
use crate::contract::connector::Manifest;
use crate::desk::declared;
use crate::engine::Profile;
use crate::error::{Error, Problem};
use crate::text::one_line;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Characters of a foreign name, and of its meaning.
const MAX_NAME: usize = 120;
const MAX_WORDS: usize = 300;
/// Options without which a connector does not run. No person fills in so many.
const MAX_REQUIRED: usize = 100;

/// What a component asks for: what it was let in with is kept, and one that asks for more waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Asks {
    /// What a desk's `type` names.
    pub id: String,
    /// Of the connector.
    pub version: String,
    /// The contract that it was built for (`sgi:connector@0.1.0`).
    pub contract: Option<String>,
    /// What it is given to import.
    pub profile: Profile,
    /// What it imports, without versions, with what it gets by that.
    pub imports: BTreeMap<String, String>,
    /// The interfaces of the contract that it has, with what it can do by that.
    pub interfaces: BTreeMap<String, String>,
    /// Where its requests carry a secret.
    pub slots: BTreeSet<String>,
    /// Where its desk's answers hand one out.
    pub captures: BTreeSet<String>,
    /// The options that a desk must set, with what they are for.
    pub required_options: BTreeMap<String, String>,
}

impl Asks {
    /// Of a component that was judged, and asked what it is.
    pub(crate) fn of(admission: &Admission, manifest: &Manifest) -> Result<Self, Error> {
        let refused = |why: &str| Error::NotAdmitted(Problem::new(why));
        // In full: what is shown to people is cut, and what is cut could hide something.
        let (slots, captures) = declared(manifest)?.in_words();
        let required: BTreeMap<String, String> = manifest
            .options
            .iter()
            .filter(|option| option.required && option.default.is_none())
            .map(|option| {
                let help = one_line(&option.help.en, MAX_WORDS);
                (option.key.clone(), help)
            })
            .collect();
        if required.len() > MAX_REQUIRED || required.keys().any(|key| key.len() > MAX_NAME) {
            return Err(refused(
                "the connector wants more options to be set than anybody can",
            ));
        }
        if manifest.id.len() > MAX_NAME || manifest.version.len() > MAX_NAME {
            return Err(refused("the connector's id or version is too long"));
        }
        let profile = admission
            .profile
            .ok_or_else(|| refused("no profile gives what the component imports"))?;
        let present = admission.abilities.iter().filter(|ability| ability.present);
        Ok(Self {
            id: manifest.id.clone(),
            version: manifest.version.clone(),
            contract: admission.contract.clone(),
            profile,
            imports: admission
                .imports
                .iter()
                .map(|import| {
                    let name = import.name.split('@').next().unwrap_or_default();
                    (name.to_owned(), import.meaning.clone())
                })
                .collect(),
            interfaces: present
                .map(|ability| (ability.interface.clone(), ability.meaning.clone()))
                .collect(),
            slots: slots.into_iter().collect(),
            captures: captures.into_iter().collect(),
            required_options: required,
        })
    }

    /// What it asks for that another one did not, a sentence each: what follows "it".
    pub fn beyond(&self, before: &Self) -> Vec<String> {
        let mut more = Vec::new();
        if self.id != before.id {
            more.push(format!(
                "calls itself {}, and not {}",
                one_line(&self.id, MAX_NAME),
                one_line(&before.id, MAX_NAME)
            ));
        }
        if newer(self.contract.as_deref(), before.contract.as_deref()) {
            let contract = |asks: &Self| asks.contract.clone().unwrap_or_else(|| "none".to_owned());
            more.push(format!(
                "is built for the contract {}, and not {}",
                contract(self),
                contract(before)
            ));
        }
        if self.profile > before.profile {
            more.push(
                "asks for the rest of WASI, with nothing behind it (profile empty-wasi)".to_owned(),
            );
        }
        let new = |name: &str, meaning: &str| match meaning {
            "" => one_line(name, MAX_NAME),
            meaning => format!(
                "{} ({})",
                one_line(name, MAX_NAME),
                one_line(meaning, MAX_WORDS)
            ),
        };
        let missing = |ours: &BTreeMap<String, String>, theirs: &BTreeMap<String, String>| {
            let missing = ours.iter().filter(|(name, _)| !theirs.contains_key(*name));
            missing.map(|(n, m)| new(n, m)).collect::<Vec<_>>()
        };
        for import in missing(&self.imports, &before.imports) {
            more.push(format!("asks for a new import: {import}"));
        }
        for interface in missing(&self.interfaces, &before.interfaces) {
            more.push(format!("can do something new: {interface}"));
        }
        for slot in self.slots.difference(&before.slots) {
            more.push(format!(
                "asks for a new slot: {}",
                one_line(slot, MAX_WORDS)
            ));
        }
        for capture in self.captures.difference(&before.captures) {
            let capture = one_line(capture, MAX_WORDS);
            more.push(format!("takes a new secret from answers: {capture}"));
        }
        for option in missing(&self.required_options, &before.required_options) {
            more.push(format!("needs a new option: {option}"));
        }
        more
    }
}

/// Whether a contract is another than the one before, and not an older version of it.
fn newer(now: Option<&str>, before: Option<&str>) -> bool {
    let parts = |contract: &str| {
        let (name, version) = contract.split_once('@')?;
        let numbers = version.split('.').map(|part| part.parse::<u64>().ok());
        let numbers: Vec<u64> = numbers.collect::<Option<_>>()?;
        Some((name.to_owned(), numbers))
    };
    match (now.and_then(parts), before.and_then(parts)) {
        (Some((now, new)), Some((before, old))) if now == before => new > old,
        _ => now != before,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// What a small connector asks for.
    pub(in super::super) fn small() -> Asks {
        let named = |names: &[&str]| {
            let pairs = names.iter().map(|name| (name.to_string(), "x".to_owned()));
            pairs.collect::<BTreeMap<_, _>>()
        };
        Asks {
            id: "guest".to_owned(),
            version: "1.0.0".to_owned(),
            contract: Some("sgi:connector@0.1.0".to_owned()),
            profile: Profile::Sealed,
            imports: named(&["wasi:http/types"]),
            interfaces: named(&["connector", "tickets"]),
            slots: BTreeSet::from(["GET /: password as HTTP Basic credentials".to_owned()]),
            captures: BTreeSet::new(),
            required_options: named(&["queue"]),
        }
    }

    #[test]
    fn each_thing_more_is_told_in_plain_words_and_less_is_not() {
        type Change = fn(&mut Asks);
        let cases: [(Change, &str); 8] = [
            (
                |a| a.id = "other".to_owned(),
                "calls itself other, and not guest",
            ),
            (
                |a| a.contract = Some("sgi:connector@0.10.0".to_owned()),
                "is built for the contract sgi:connector@0.10.0, and not sgi:connector@0.1.0",
            ),
            (
                |a| a.profile = Profile::EmptyWasi,
                "asks for the rest of WASI, with nothing behind it (profile empty-wasi)",
            ),
            (
                |a| {
                    let _ = a
                        .imports
                        .insert("wasi:clocks/wall-clock".into(), "the clock".into());
                },
                "asks for a new import: wasi:clocks/wall-clock (the clock)",
            ),
            (
                |a| {
                    let _ = a
                        .interfaces
                        .insert("authoring".into(), "creates tickets".into());
                },
                "can do something new: authoring (creates tickets)",
            ),
            (
                |a| {
                    let slot = "POST /login: password in the JSON value /Password";
                    a.slots.insert(slot.to_owned());
                },
                "asks for a new slot: POST /login: password in the JSON value /Password",
            ),
            (
                |a| {
                    let _ = a
                        .captures
                        .insert("POST /: the answer hands out x".to_owned());
                },
                "takes a new secret from answers: POST /: the answer hands out x",
            ),
            (
                |a| {
                    let _ = a
                        .required_options
                        .insert("team".into(), "Whose it is".into());
                },
                "needs a new option: team (Whose it is)",
            ),
        ];
        for (change, told) in cases {
            let mut more = small();
            change(&mut more);
            assert_eq!(more.beyond(&small()), [told]);
            let less = small().beyond(&more);
            let expected = usize::from(told.starts_with("calls itself"));
            assert_eq!(less.len(), expected, "{less:?}");
        }
        let mut same = small();
        same.version = "2.0.0".to_owned();
        assert_eq!(same.beyond(&small()), [""; 0]);
    }

    #[test]
    fn another_contract_is_more_unless_it_is_an_older_version() {
        let contract = |version: &str| Some(format!("sgi:connector@{version}"));
        for (now, before, more) in [
            (contract("0.1.0"), contract("0.1.0"), false),
            (contract("0.9.0"), contract("0.10.0"), false),
            (contract("0.10.0"), contract("0.9.0"), true),
            (contract("x"), contract("0.1.0"), true),
            (None, contract("0.1.0"), true),
            (None, None, false),
            (Some("other@0.0.1".to_owned()), contract("0.1.0"), true),
        ] {
            assert_eq!(newer(now.as_deref(), before.as_deref()), more, "{now:?}");
        }
    }

    #[test]
    fn it_survives_being_written_down() {
        let text = serde_json::to_string(&small()).unwrap();
        assert_eq!(serde_json::from_str::<Asks>(&text).unwrap(), small());
    }
}
