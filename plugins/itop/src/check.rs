//! Looks an iTop over: address, credentials, version, classes, rights, the attribute of the objects, and
//! the time zone.

use crate::ci_check::{self, Attribute};
use crate::failure;
use crate::knowledge::Knowledge;
use crate::manifest::key;
use crate::model::{self, COMMON, FAMILIES};
use crate::object::Match;
use crate::probe::{self, Probed};
use crate::trial::{self, Trial};
use crate::{api, changes, create, host, look_up, zone};
use serde_json::json;
use sgi_guest::connector::{Finding, Report, Severity};
use sgi_guest::types::{Error, Problem};
use sgi_guest::{Settings, fail};

pub(crate) fn check(settings: &Settings) -> Result<Report, Error> {
    let matching = Match::of(settings)?;
    let operations = api::ask(settings, &json!({"operation": "list_operations"}))
        .map_err(|error| no_itop(settings, error))?;
    if let Some(refusal) = failure::refusal(settings, &operations.reply) {
        return Err(refusal.into_error());
    }
    let now = operations.at.unwrap_or_else(host::now);
    let mut findings = Vec::new();
    let mut knowledge = Knowledge {
        at: host::now(),
        classes: Vec::new(),
        closed: Vec::new(),
        subclassed_changes: false,
        ci_class: String::new(),
        history: None,
    };
    match probe::class(settings, model::TICKET, COMMON)? {
        Probed::Readable(class) => knowledge.classes.push(class),
        Probed::Forbidden(error) => findings.push(forbidden(error)),
        Probed::Absent => findings.push(blocking("url", NO_TICKETS)),
    }
    if findings.is_empty() {
        links(settings, &mut findings)?;
        families(settings, &mut knowledge, &mut findings)?;
        match ci_check::attribute(settings, &matching)? {
            Attribute::Of(class, more) => {
                knowledge.ci_class = class;
                findings.extend(more);
            }
            Attribute::Missing(finding) => findings.push(finding),
        }
    }
    let mut abilities = Vec::new();
    if findings.iter().all(|f| f.severity != Severity::Blocking) {
        findings.extend(no_tickets(settings)?);
        findings.extend(zone::check(settings, now)?);
        abilities.push("read-tickets".to_owned());
        knowledge.history = changes::readable(settings, &knowledge)?;
        if knowledge.history.is_some() {
            abilities.push("read-history".to_owned());
        }
        match create::class_for(settings, &knowledge, None) {
            Ok(class) => match trial::may_create(settings, &knowledge, class)? {
                Trial::May => abilities.push("create-tickets".to_owned()),
                Trial::MayNot => {}
                Trial::Created(finding) => findings.push(finding),
            },
            Err(_) => findings.push(no_create_class(settings, &knowledge)),
        }
        findings.extend(no_organization(settings)?);
    }
    let rest = operations.reply.version();
    let version = application(settings)?.unwrap_or_else(|| format!("REST {rest}"));
    Ok(Report {
        product: "iTop".to_owned(),
        version,
        abilities,
        findings,
        learned: knowledge.to_bytes()?,
    })
}

/// The very first answer is another one where the address is not an iTop's.
fn no_itop(settings: &Settings, error: Error) -> Error {
    match error {
        Error::Protocol(_) => fail::invalid_setting(
            "url",
            format!(
                "{} answers, but not as iTop's REST interface does: use the address that people open iTop \
                 with, without /pages",
                settings.url()
            ),
        ),
        error => error,
    }
}

const NO_TICKETS: &str = "this iTop has no class Ticket: are its modules for tickets installed?";

pub(crate) fn warning(key: Option<&str>, message: String) -> Finding {
    Finding {
        severity: Severity::Warning,
        key: key.map(str::to_owned),
        problem: fail::problem(message),
    }
}

pub(crate) fn blocking(key: &str, message: impl Into<String>) -> Finding {
    Finding {
        severity: Severity::Blocking,
        key: Some(key.to_owned()),
        problem: fail::problem(message),
    }
}

/// A right that is missing, as a finding.
pub(crate) fn forbidden(error: Error) -> Finding {
    let problem: Problem = match error {
        Error::Forbidden(problem) => problem,
        _ => fail::problem("the iTop account lacks a right that reading tickets needs"),
    };
    Finding {
        severity: Severity::Blocking,
        key: Some("username".to_owned()),
        problem,
    }
}

/// The links between tickets and configuration items are objects of a class of their own.
fn links(settings: &Settings, findings: &mut Vec<Finding>) -> Result<(), Error> {
    let fields = [
        "ticket_id",
        "functionalci_id",
        "functionalci_name",
        "impact_code",
    ];
    match probe::class(settings, "lnkFunctionalCIToTicket", &fields)? {
        Probed::Readable(class) if class.fields.len() == fields.len() => {}
        Probed::Forbidden(error) => findings.push(forbidden(error)),
        Probed::Readable(_) | Probed::Absent => findings.push(blocking(
            "url",
            "this iTop does not link tickets to configuration items by the class \
             lnkFunctionalCIToTicket, as every iTop since 2.0 does",
        )),
    }
    Ok(())
}

/// The ticket classes of iTop's own modules. None of them has to be there.
fn families(
    settings: &Settings,
    knowledge: &mut Knowledge,
    findings: &mut Vec<Finding>,
) -> Result<(), Error> {
    for family in FAMILIES {
        let wanted: Vec<&str> = COMMON.iter().chain(family.fields).copied().collect();
        match probe::class(settings, family.class, &wanted)? {
            Probed::Readable(class) => knowledge.classes.push(class),
            Probed::Forbidden(_) => {
                knowledge.closed.push(family.class.to_owned());
                findings.push(warning(
                    Some("username"),
                    format!(
                        "the iTop account {:?} may not read the class {}: its tickets are shown, if at all, \
                         with their coarse status only",
                        settings.username(),
                        family.class
                    ),
                ));
            }
            Probed::Absent => {}
        }
    }
    if knowledge.class("Change").is_some() {
        let subclass = probe::class(settings, "RoutineChange", &["id"])?;
        knowledge.subclassed_changes = !matches!(subclass, Probed::Absent);
    }
    Ok(())
}

/// An account with other allowed organizations sees nothing, and iTop does not say why.
fn no_tickets(settings: &Settings) -> Result<Option<Finding>, Error> {
    let reply = api::query(settings, model::TICKET, "SELECT Ticket", "id", 1)?;
    Ok((reply.found() == 0).then(|| {
        warning(
            Some("username"),
            format!(
                "the iTop account {:?} sees no ticket at all: if iTop has some, add their organizations to \
                 the account's allowed organizations",
                settings.username()
            ),
        )
    }))
}

/// The configured organization is needed for new tickets only.
fn no_organization(settings: &Settings) -> Result<Option<Finding>, Error> {
    let Some(name) = settings.text(key::ORGANIZATION) else {
        return Ok(None);
    };
    let problem = match look_up::organization_named(settings, name) {
        Ok(_) => return Ok(None),
        Err(Error::InvalidSetting(wrong)) if wrong.key == key::ORGANIZATION => wrong.problem,
        Err(Error::Forbidden(problem)) => problem,
        Err(error) => return Err(error),
    };
    Ok(Some(warning(Some(key::ORGANIZATION), problem.message)))
}

fn no_create_class(settings: &Settings, knowledge: &Knowledge) -> Finding {
    warning(
        Some(key::CREATE_CLASS),
        format!(
            "iTop has no class {:?} for new tickets; it has {}",
            settings.text(key::CREATE_CLASS).unwrap_or_default(),
            knowledge.concrete().join(", ")
        ),
    )
}

/// The version of iTop itself, where the account may read what is installed.
fn application(settings: &Settings) -> Result<Option<String>, Error> {
    let query = api::get(
        "ModuleInstallation",
        "SELECT ModuleInstallation AS m WHERE m.name = 'iTop'",
        "version",
    );
    let Ok(reply) = api::try_query(settings, &query)? else {
        return Ok(None);
    };
    // One for each time that iTop was installed or upgraded.
    let latest = reply.entries().iter().max_by_key(|entry| entry.key);
    let version = latest.and_then(|entry| entry.text("version"));
    Ok(version
        .filter(|version| version.len() <= 40)
        .map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::tests::knowing;
    use crate::testing::settings;

    #[test]
    fn a_class_for_new_tickets_that_is_not_there_is_named() {
        let knowledge = knowing(&["UserRequest", "Change"]);
        let finding = no_create_class(&settings(&[("create-class", "Incident")]), &knowledge);
        assert!(
            finding
                .problem
                .message
                .contains("has no class \"Incident\"")
        );
        assert!(
            finding
                .problem
                .message
                .contains("UserRequest, RoutineChange")
        );
    }
}
