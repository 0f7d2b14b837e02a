//! Who may do what.

use super::data::{Data, Mode};

/// What the profiles of a user add up to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Profile {
    /// `REST Services User` alone: nothing but logging in.
    Nothing,
    /// A configuration manager: reads tickets, does not write them.
    Configuration,
    /// A service desk agent: writes tickets and their links.
    Agent,
    /// The administrator.
    Admin,
}

/// A user.
#[derive(Debug, Clone)]
pub(super) struct User {
    pub(super) login: String,
    pub(super) password: Option<String>,
    /// Has the profile `REST Services User`.
    pub(super) rest: bool,
    pub(super) portal: bool,
    pub(super) profile: Profile,
}

/// What is to be done with objects of a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    Reading,
    Creating,
    Modifying,
    Deleting,
}

impl Action {
    pub(super) fn name(self) -> &'static str {
        match self {
            Action::Reading => "reading",
            Action::Creating => "creating",
            Action::Modifying => "modifying",
            Action::Deleting => "deleting",
        }
    }
}

impl Data {
    pub(super) fn allows(&self, user: &User, action: Action, class: &str) -> bool {
        if action != Action::Reading && self.mode == Mode::ReadOnly {
            return false;
        }
        let root = self.class(class).root.as_str();
        let internal = matches!(root, "CMDBChange" | "CMDBChangeOp" | "User");
        match (user.profile, action) {
            (Profile::Admin, _) => true,
            (Profile::Nothing, _) => false,
            (Profile::Configuration | Profile::Agent, Action::Reading) => !internal,
            (Profile::Configuration, _) => root == "FunctionalCI",
            (Profile::Agent, Action::Deleting) => root == super::data::LINK,
            (Profile::Agent, _) => matches!(root, "Ticket" | super::data::LINK),
        }
    }
}
