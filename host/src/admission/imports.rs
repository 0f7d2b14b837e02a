//! What a component asks for, against what the profiles give.

use super::component::{Component, Item, Members};
use super::contract::{Contract, Interface, PACKAGE};
use super::exports::{Differences, listed};
use super::name::InterfaceName;
use super::{Admission, Import, MAX_IMPORTS, MAX_NAME};
use crate::engine::Profile;
use crate::text::one_line;

/// What the sealed profile's interfaces are, in words. A test holds it against the contract.
const SEALED: [(&str, &str, &str); 11] = [
    ("sgi:connector", "types", "the words of the contract"),
    (
        "sgi:connector",
        "settings",
        "the settings of its desk, with a placeholder for the password",
    ),
    ("sgi:connector", "log", "the log"),
    (
        "sgi:connector",
        "secrets",
        "placeholders for the secrets that its desk handed out",
    ),
    ("wasi:clocks", "wall-clock", "the clock"),
    ("wasi:clocks", "monotonic-clock", "measuring time"),
    (
        "wasi:http",
        "outgoing-handler",
        "HTTP requests to its own desk",
    ),
    ("wasi:http", "types", "HTTP requests and answers"),
    ("wasi:io", "error", "errors of requests and answers"),
    (
        "wasi:io",
        "poll",
        "waiting for an answer, or for some time to pass",
    ),
    ("wasi:io", "streams", "the bytes of requests and answers"),
];

/// The rest of WASI 0.2 that the engine links, and what a guest gets of it: nothing.
const EMPTY_WASI: [(&str, &str, &str); 22] = [
    (
        "wasi:cli",
        "environment",
        "environment and arguments (there are none)",
    ),
    ("wasi:cli", "exit", "stopping itself"),
    ("wasi:cli", "stdin", "input (there is none)"),
    ("wasi:cli", "stdout", "printing (goes to the log)"),
    ("wasi:cli", "stderr", "printing (goes to the log)"),
    ("wasi:cli", "terminal-input", "a terminal (there is none)"),
    ("wasi:cli", "terminal-output", "a terminal (there is none)"),
    ("wasi:cli", "terminal-stdin", "a terminal (there is none)"),
    ("wasi:cli", "terminal-stdout", "a terminal (there is none)"),
    ("wasi:cli", "terminal-stderr", "a terminal (there is none)"),
    ("wasi:filesystem", "types", "files (there are none)"),
    ("wasi:filesystem", "preopens", "files (there are none)"),
    ("wasi:random", "random", "random numbers"),
    ("wasi:random", "insecure", "random numbers"),
    ("wasi:random", "insecure-seed", "random numbers"),
    (
        "wasi:sockets",
        "network",
        "the network (refused; requests go through wasi:http)",
    ),
    (
        "wasi:sockets",
        "instance-network",
        "the network (refused; requests go through wasi:http)",
    ),
    ("wasi:sockets", "tcp", "TCP (refused)"),
    ("wasi:sockets", "tcp-create-socket", "TCP (refused)"),
    ("wasi:sockets", "udp", "UDP (refused)"),
    ("wasi:sockets", "udp-create-socket", "UDP (refused)"),
    (
        "wasi:sockets",
        "ip-name-lookup",
        "looking names up (refused)",
    ),
];

/// Why an import is not given.
enum Refusal {
    /// The same sentence says it of all interfaces of a package.
    Version {
        package: String,
        version: String,
        ours: String,
    },
    Unknown(String),
}

fn words(
    table: &[(&'static str, &'static str, &'static str)],
    name: &InterfaceName<'_>,
) -> Option<&'static str> {
    table
        .iter()
        .find(|(package, interface, _)| (*package, *interface) == (name.package, name.interface))
        .map(|(_, _, words)| *words)
}

/// Fills in the imports, the profile and what no profile gives.
pub(super) fn judge(admission: &mut Admission, contract: &Contract, component: &Component) {
    let mut differences = Differences::default();
    let mut versions: Vec<(String, Vec<&str>)> = Vec::new();
    let mut needed = Some(Profile::Sealed);
    let unseen = component.imports.len().saturating_sub(MAX_IMPORTS);
    if unseen > 0 {
        needed = None;
        admission.problems.push(format!(
            "imports {} things, far more than any profile gives: the last {unseen} were not looked at",
            component.imports.len()
        ));
    }
    for item in component.imports.iter().take(MAX_IMPORTS) {
        let (profile, meaning) = match given(contract, component, item) {
            Ok((profile, meaning, checked)) => {
                if let Some((interface, members)) = checked {
                    let label = one_line(&item.name, MAX_NAME);
                    let missing = missing(&members, interface);
                    if !missing.is_empty() {
                        admission.problems.push(format!(
                            "imports {} of {label}, which the contract does not have there",
                            listed(missing.into_iter())
                        ));
                    }
                    differences.add(component, &members, interface, &label);
                }
                (Some(profile), meaning)
            }
            Err(Refusal::Unknown(problem)) => {
                admission.problems.push(problem);
                (None, "no profile gives this")
            }
            Err(Refusal::Version {
                package,
                version,
                ours,
            }) => {
                let phrase = format!("of {package}@{version}; this host gives {package}@{ours}");
                match versions.iter_mut().find(|(known, _)| *known == phrase) {
                    Some((_, items)) => items.push(&item.name),
                    None => versions.push((phrase, vec![&item.name])),
                }
                (None, "another version than this host gives")
            }
        };
        needed = match (needed, profile) {
            (Some(Profile::Sealed), Some(Profile::Sealed)) => Some(Profile::Sealed),
            (Some(_), Some(_)) => Some(Profile::EmptyWasi),
            _ => None,
        };
        admission.imports.push(Import {
            name: one_line(&item.name, MAX_NAME),
            meaning: meaning.to_owned(),
            profile,
        });
    }
    admission.profile = needed;
    for (phrase, items) in versions {
        let interfaces = items
            .iter()
            .map(|name| InterfaceName::parse(name).map_or(*name, |name| name.interface));
        admission
            .problems
            .push(format!("imports {} {phrase}", listed(interfaces)));
    }
    admission.problems.extend(differences.sentences());
}

/// What gives an import, what it is, and what to compare it with if the contract has it.
type Given<'a> = (Profile, &'static str, Option<(&'a Interface, Members<'a>)>);

fn given<'a>(
    contract: &'a Contract,
    component: &'a Component,
    item: &Item,
) -> Result<Given<'a>, Refusal> {
    let label = one_line(&item.name, MAX_NAME);
    let unknown = |why: &str| Refusal::Unknown(format!("imports {label}, which {why}"));
    let (Some(name), Some(members)) = (InterfaceName::parse(&item.name), component.members(item))
    else {
        return Err(unknown(
            "is not an interface: no profile gives anything else",
        ));
    };
    let version = |ours: &str| {
        if name.is_compatible(ours) {
            return Ok(());
        }
        Err(match name.version {
            None => unknown(&format!("names no version: this host gives @{ours}")),
            Some(version) => Refusal::Version {
                package: name.package.to_owned(),
                version: one_line(version, MAX_NAME),
                ours: ours.to_owned(),
            },
        })
    };
    let key = (name.package.to_owned(), name.interface.to_owned());
    if let Some(interface) = contract.imports.get(&key) {
        version(&interface.version)?;
        let meaning = words(&SEALED, &name).unwrap_or("part of the contract");
        return Ok((Profile::Sealed, meaning, Some((interface, members))));
    }
    if let Some(meaning) = words(&EMPTY_WASI, &name) {
        version(&contract.wasi)?;
        return Ok((Profile::EmptyWasi, meaning, None));
    }
    if name.package == PACKAGE {
        version(&contract.version)?;
        return Err(unknown(
            "a host does not give: connectors export it, if anything",
        ));
    }
    Err(unknown("no profile gives"))
}

/// What a component wants of an interface that is not in there.
fn missing<'a>(members: &Members<'a>, interface: &Interface) -> Vec<&'a str> {
    let functions = members.functions.iter().map(|(name, _)| *name);
    functions
        .filter(|name| !interface.functions.contains_key(*name))
        .chain(
            members
                .resources
                .iter()
                .copied()
                .filter(|name| !interface.resources.contains(*name)),
        )
        .chain(members.others.iter().copied())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::SEALED;
    use crate::admission::contract::CONTRACT;

    #[test]
    fn every_interface_that_the_sealed_profile_gives_has_words() {
        let contract = CONTRACT.as_ref().unwrap();
        let mut words: Vec<(&str, &str)> = SEALED.iter().map(|(p, i, _)| (*p, *i)).collect();
        words.sort_unstable();
        let given: Vec<(&str, &str)> = contract
            .imports
            .keys()
            .map(|(p, i)| (p.as_str(), i.as_str()))
            .collect();
        assert_eq!(given, words);
    }
}
