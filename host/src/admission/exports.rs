//! What a component exports, against what the contract asks for.

use super::component::{Component, Item, Members};
use super::contract::{Contract, Interface, PACKAGE};
use super::name::InterfaceName;
use super::{Ability, Admission, MAX_NAME};
use crate::text::one_line;
use std::collections::BTreeMap;

/// Names that a sentence lists.
const LISTED: usize = 8;

/// An interface with what it is good for.
struct Words {
    interface: &'static str,
    required: bool,
    can: &'static str,
    cannot: &'static str,
}

/// In the order of the report. A test holds it against the contract.
const ABILITIES: [Words; 4] = [
    Words {
        interface: "connector",
        required: true,
        can: "says what it is, and looks a desk over",
        cannot: "cannot say what it is",
    },
    Words {
        interface: "tickets",
        required: true,
        can: "reads the tickets of an object, and links to the desk's forms for new ones",
        cannot: "cannot read tickets",
    },
    Words {
        interface: "changes",
        required: false,
        can: "says what happened since the last look: feeds the logbook",
        cannot: "cannot feed the logbook",
    },
    Words {
        interface: "authoring",
        required: false,
        can: "creates tickets",
        cannot: "cannot create tickets",
    },
];

/// Differences of functions, each told once for all the functions that it is met through.
#[derive(Default)]
pub(super) struct Differences(Vec<(String, Vec<String>)>);

impl Differences {
    /// Compares an interface's functions with those of the contract.
    pub(super) fn add(
        &mut self,
        component: &Component,
        members: &Members<'_>,
        interface: &Interface,
        label: &str,
    ) {
        for (name, id) in &members.functions {
            let Some(wanted) = interface.functions.get(*name) else {
                continue;
            };
            for phrase in component.signature(*id).differences(wanted) {
                let function = format!("{label}.{name}");
                match self.0.iter_mut().find(|(known, _)| *known == phrase) {
                    Some((_, functions)) => functions.push(function),
                    None => self.0.push((phrase, vec![function])),
                }
            }
        }
    }

    pub(super) fn sentences(self) -> impl Iterator<Item = String> {
        self.0.into_iter().map(|(phrase, functions)| {
            format!("{}: {phrase}", listed(functions.iter().map(String::as_str)))
        })
    }
}

/// The first few of some names, cut to a line.
pub(super) fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let mut names: Vec<&str> = names.take(LISTED + 1).collect();
    let more = if names.len() > LISTED { " …" } else { "" };
    names.truncate(LISTED);
    let names: Vec<String> = names
        .into_iter()
        .map(|name| one_line(name, MAX_NAME))
        .collect();
    format!("{}{more}", names.join(", "))
}

/// Fills in the contract, the abilities and what is wrong with them.
pub(super) fn judge(admission: &mut Admission, contract: &Contract, component: &Component) {
    // The interfaces of the contract that are there, by the version they are of.
    let mut ours: BTreeMap<&str, (&Item, Members<'_>)> = BTreeMap::new();
    let mut foreign: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut others = Vec::new();
    let mut versions = Vec::new();
    for item in &component.exports {
        let name = InterfaceName::parse(&item.name).filter(|name| name.package == PACKAGE);
        let (Some(name), Some(members)) = (name, component.members(item)) else {
            others.push(item.name.as_str());
            continue;
        };
        if !name.is_compatible(&contract.version) {
            foreign
                .entry(name.version.unwrap_or("none"))
                .or_default()
                .push(name.interface);
        } else if contract.exports.contains_key(name.interface) {
            versions.push(name.version);
            // Of two that would do, the linker takes the one with the very version.
            if name.version == Some(&contract.version) || !ours.contains_key(name.interface) {
                ours.insert(name.interface, (item, members));
            }
        } else {
            others.push(item.name.as_str());
        }
    }
    let version = versions
        .first()
        .copied()
        .flatten()
        .or_else(|| foreign.keys().next().copied());
    admission.contract =
        version.map(|version| format!("{PACKAGE}@{}", one_line(version, MAX_NAME)));

    let mut differences = Differences::default();
    for words in &ABILITIES {
        let found = ours.get(words.interface);
        admission.abilities.push(Ability {
            interface: words.interface.to_owned(),
            present: found.is_some(),
            required: words.required,
            meaning: if found.is_some() {
                words.can
            } else {
                words.cannot
            }
            .to_owned(),
        });
        let Some(wanted) = contract.exports.get(words.interface) else {
            continue;
        };
        match found {
            Some((_, members)) => {
                functions(admission, words.interface, members, wanted);
                differences.add(component, members, wanted, words.interface);
            }
            // The sentence about the version says it, or the one about there being nothing.
            None if foreign
                .values()
                .flatten()
                .any(|name| *name == words.interface) => {}
            None if words.required && !(ours.is_empty() && foreign.is_empty()) => {
                admission.problems.push(format!(
                    "does not export the interface {PACKAGE}/{}: it {}",
                    words.interface, words.cannot
                ));
            }
            None => {}
        }
    }
    admission.problems.extend(differences.sentences());
    if ours.is_empty() && foreign.is_empty() {
        let instead = match others.as_slice() {
            [] => "it exports nothing at all".to_owned(),
            others => format!("it exports {}", listed(others.iter().copied())),
        };
        admission.problems.push(format!(
            "exports nothing of the contract {PACKAGE}@{}, so this is not a connector: {instead}",
            contract.version
        ));
        return;
    }
    for (version, interfaces) in foreign {
        let missed: Vec<&str> = interfaces
            .into_iter()
            .filter(|name| !ours.contains_key(name))
            .collect();
        if missed.is_empty() {
            // A component for several hosts.
            admission.notes.push(format!(
                "also exports {PACKAGE}@{version}, which is not used"
            ));
        } else {
            admission.problems.push(format!(
                "exports {} of {PACKAGE}@{version}; this host supports {PACKAGE}@{}",
                listed(missed.into_iter()),
                contract.version
            ));
        }
    }
    if !others.is_empty() {
        admission.notes.push(format!(
            "also exports {}, which is not used",
            listed(others.iter().copied())
        ));
    }
}

/// Functions that are missing, and those that nobody calls.
fn functions(admission: &mut Admission, name: &str, members: &Members<'_>, wanted: &Interface) {
    for function in wanted.functions.keys() {
        if !members.functions.iter().any(|(found, _)| found == function) {
            admission
                .problems
                .push(format!("{name}.{function} is missing"));
        }
    }
    let functions = members.functions.iter().map(|(function, _)| *function);
    let extra: Vec<&str> = functions
        .filter(|function| !wanted.functions.contains_key(*function))
        .chain(members.others.iter().copied())
        .collect();
    if !extra.is_empty() {
        admission.notes.push(format!(
            "{name} has {} beyond the contract, which is not used",
            listed(extra.into_iter())
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::ABILITIES;
    use crate::admission::contract::CONTRACT;

    #[test]
    fn every_interface_that_the_contract_lets_a_component_export_has_words() {
        let contract = CONTRACT.as_ref().unwrap();
        let mut words: Vec<&str> = ABILITIES.iter().map(|words| words.interface).collect();
        words.sort_unstable();
        assert!(
            contract.exports.keys().eq(&words),
            "{:?}",
            contract.exports.keys()
        );
    }
}
