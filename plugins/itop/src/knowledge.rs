//! What a check learns about one iTop, so that later calls ask only for what is there.

use crate::model;
use serde::{Deserialize, Serialize};
use sgi_guest::types::{Error, Instant};
use sgi_guest::{Settings, fail};

/// A class of tickets that the account may read.
#[derive(Serialize, Deserialize)]
pub(crate) struct Class {
    pub(crate) name: String,
    /// The attributes that it has, of those that this connector shows.
    pub(crate) fields: Vec<String>,
}

/// What the account may read of iTop's history.
#[derive(Serialize, Deserialize)]
pub(crate) struct History {
    /// The attributes that every operation has: 2.7 does not say which user it was.
    pub(crate) fields: Vec<String>,
    /// The classes that tickets have, those of administrators included.
    pub(crate) tickets: Vec<String>,
}

/// Made by `check`, kept by the host.
#[derive(Serialize, Deserialize)]
pub(crate) struct Knowledge {
    /// When it was learned.
    pub(crate) at: Instant,
    /// `Ticket`, then the families that exist.
    pub(crate) classes: Vec<Class>,
    /// Families that exist and that the account may not read by themselves.
    pub(crate) closed: Vec<String>,
    /// Whether changes have subclasses (the ITIL module).
    pub(crate) subclassed_changes: bool,
    /// The class that has the attribute of the objects.
    pub(crate) ci_class: String,
    /// None: the account may not read it.
    #[serde(default)]
    pub(crate) history: Option<History>,
}

impl Knowledge {
    pub(crate) fn current(settings: &Settings) -> Result<Self, Error> {
        let learned = settings
            .learned()
            .ok_or_else(|| fail::stale_knowledge("iTop's classes are not known yet"))?;
        serde_json::from_slice(learned)
            .map_err(|_| fail::stale_knowledge("what another version learned cannot be read"))
    }

    pub(crate) fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        serde_json::to_vec(self)
            .map_err(|_| fail::protocol("iTop's classes cannot be written down"))
    }

    pub(crate) fn class(&self, name: &str) -> Option<&Class> {
        self.classes.iter().find(|class| class.name == name)
    }

    /// The class to ask about tickets of this class: its family, or else `Ticket`, which knows all and
    /// the coarse status only. A family that was not there at the check means that iTop got a module.
    pub(crate) fn asks(&self, class: &str) -> Result<&Class, Error> {
        if let Some(family) = model::family(class) {
            if let Some(known) = self.class(family.class) {
                return Ok(known);
            }
            if !self.closed.iter().any(|closed| closed == family.class) {
                return Err(fail::stale_knowledge(format!(
                    "iTop has tickets of the class {class}, which it did not have when it was looked over"
                )));
            }
        }
        self.class(model::TICKET)
            .ok_or_else(|| fail::stale_knowledge("iTop's tickets are not known yet"))
    }

    /// The classes that a new ticket can have.
    pub(crate) fn concrete(&self) -> Vec<&'static str> {
        let families = model::FAMILIES
            .iter()
            .filter(|family| self.class(family.class).is_some());
        families
            .flat_map(|family| family.members)
            .copied()
            .filter(|member| match *member {
                "Change" => !self.subclassed_changes,
                "RoutineChange" | "NormalChange" | "EmergencyChange" => self.subclassed_changes,
                _ => true,
            })
            .collect()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// What a check of an iTop with these classes learns.
    pub(crate) fn knowing(classes: &[&str]) -> Knowledge {
        let class = |name: &str| Class {
            name: name.to_owned(),
            fields: vec!["ref".to_owned()],
        };
        Knowledge {
            at: 0,
            classes: [model::TICKET]
                .iter()
                .chain(classes)
                .map(|name| class(name))
                .collect(),
            closed: vec!["Problem".to_owned()],
            subclassed_changes: true,
            ci_class: "FunctionalCI".to_owned(),
            history: None,
        }
    }

    #[test]
    fn a_ticket_is_asked_for_by_its_family_or_as_any_ticket() {
        let knowledge = knowing(&["UserRequest", "Change"]);
        for (class, asked) in [
            ("UserRequest", "UserRequest"),
            ("NormalChange", "Change"),
            ("Problem", "Ticket"),
            ("MyTicket", "Ticket"),
        ] {
            assert_eq!(knowledge.asks(class).expect("a class").name, asked);
        }
        assert!(matches!(
            knowledge.asks("Incident"),
            Err(Error::StaleKnowledge(_))
        ));
    }

    #[test]
    fn a_new_ticket_has_a_concrete_class() {
        let mut knowledge = knowing(&["UserRequest", "Change"]);
        assert_eq!(
            knowledge.concrete(),
            [
                "UserRequest",
                "RoutineChange",
                "NormalChange",
                "EmergencyChange"
            ]
        );
        knowledge.subclassed_changes = false;
        assert_eq!(knowledge.concrete(), ["UserRequest", "Change"]);
    }

    #[test]
    fn it_survives_the_host() {
        let bytes = knowing(&["Incident"]).to_bytes().expect("bytes");
        let read: Knowledge = serde_json::from_slice(&bytes).expect("knowledge");
        assert!(read.class("Incident").is_some());
    }
}
