//! iTop's ticket classes: which there are, what they have, and what their statuses mean.

use sgi_guest::types::StatusClass;

/// The parent of all. It has no status of its own, only the coarse `operational_status`.
pub(crate) const TICKET: &str = "Ticket";

/// Attributes of every ticket.
pub(crate) const COMMON: &[&str] = &[
    "ref",
    "title",
    "operational_status",
    "org_name",
    "caller_id_friendlyname",
    "agent_id_friendlyname",
    "team_name",
    "start_date",
    "end_date",
    "last_update",
    "close_date",
];

/// A class that is asked for the fine status of its tickets, those of its subclasses included.
pub(crate) struct Family {
    pub(crate) class: &'static str,
    /// Attributes beyond [`COMMON`], where this iTop has them.
    pub(crate) fields: &'static [&'static str],
    /// Classes that a ticket of it can be.
    pub(crate) members: &'static [&'static str],
}

const HELPDESK: &[&str] = &[
    "status",
    "priority",
    "urgency",
    "impact",
    "service_name",
    "servicesubcategory_name",
    "resolution_date",
    "ttr_escalation_deadline",
    "resolution_code",
];

/// The classes of iTop's own modules. `Change` has subclasses where the ITIL module is installed, and
/// none with the simple one.
pub(crate) const FAMILIES: &[Family] = &[
    Family {
        class: "UserRequest",
        fields: HELPDESK,
        members: &["UserRequest"],
    },
    Family {
        class: "Incident",
        fields: HELPDESK,
        members: &["Incident"],
    },
    Family {
        class: "Problem",
        fields: &[
            "status",
            "priority",
            "urgency",
            "impact",
            "service_name",
            "servicesubcategory_name",
            "resolution_date",
        ],
        members: &["Problem"],
    },
    Family {
        class: "Change",
        fields: &["status", "creation_date", "outage", "category"],
        members: &["Change", "RoutineChange", "NormalChange", "EmergencyChange"],
    },
];

/// The family of a ticket's own class; none for a class of an administrator.
pub(crate) fn family(class: &str) -> Option<&'static Family> {
    FAMILIES
        .iter()
        .find(|family| family.members.contains(&class))
}

/// Condition on `t.operational_status`. iTop counts rejected tickets among the closed ones, and an
/// administrator may have added values: they are open.
pub(crate) const OPEN: &str =
    "t.operational_status != 'resolved' AND t.operational_status != 'closed'";
pub(crate) const CLOSED: &str = "t.operational_status IN ('resolved','closed')";

/// What a status means. `operational` decides between open and closed, because iTop's own searches and
/// the filters of this connector go by it; `status` says it finer where it is known.
pub(crate) fn status_class(status: Option<&str>, operational: Option<&str>) -> StatusClass {
    match operational {
        Some("closed") => match status {
            Some("rejected") => StatusClass::Rejected,
            Some("resolved") => StatusClass::Resolved,
            _ => StatusClass::Closed,
        },
        Some("resolved") => match status {
            Some("closed") => StatusClass::Closed,
            Some("rejected") => StatusClass::Rejected,
            _ => StatusClass::Resolved,
        },
        Some(_) => match status {
            Some("new") => StatusClass::New,
            Some("pending" | "waiting_for_approval") => StatusClass::Pending,
            _ => StatusClass::Open,
        },
        None => match status {
            Some("new") => StatusClass::New,
            Some("pending" | "waiting_for_approval") => StatusClass::Pending,
            Some("resolved") => StatusClass::Resolved,
            Some("closed") => StatusClass::Closed,
            Some("rejected") => StatusClass::Rejected,
            Some(
                "assigned" | "dispatched" | "redispatched" | "escalated_tto" | "escalated_ttr"
                | "approved" | "notapproved" | "validated" | "planned" | "plannedscheduled"
                | "implemented" | "monitored",
            ) => StatusClass::Open,
            _ => StatusClass::Unknown,
        },
    }
}

/// Priorities and urgencies of iTop's own data model: REST gives the number, pages the word.
const LEVELS: &[(&str, &str)] = &[
    ("1", "critical"),
    ("2", "high"),
    ("3", "medium"),
    ("4", "low"),
];
const IMPACTS: &[(&str, &str)] = &[("1", "department"), ("2", "service"), ("3", "person")];

/// "3 medium": the number alone does not say which end is urgent.
pub(crate) fn level(code: &str) -> String {
    worded(LEVELS, code)
}

/// "1 department"; free text in a change.
pub(crate) fn impact(code: &str) -> String {
    worded(IMPACTS, code)
}

fn worded(words: &[(&str, &str)], code: &str) -> String {
    match words.iter().find(|(known, _)| *known == code) {
        Some((_, word)) => format!("{code} {word}"),
        None => code.to_owned(),
    }
}

/// The code of a priority that somebody asks for: "2", "high" or "2 high".
pub(crate) fn level_code(asked: &str) -> Option<&'static str> {
    let asked = asked.trim().to_lowercase();
    let fits = |(code, word): &&(&'static str, &'static str)| {
        asked == *code || asked == *word || asked == format!("{code} {word}")
    };
    LEVELS.iter().find(fits).map(|(code, _)| *code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_class_has_a_family() {
        for (class, expected) in [
            ("UserRequest", Some("UserRequest")),
            ("Incident", Some("Incident")),
            ("Problem", Some("Problem")),
            ("RoutineChange", Some("Change")),
            ("NormalChange", Some("Change")),
            ("EmergencyChange", Some("Change")),
            ("Change", Some("Change")),
            ("MyTicket", None),
        ] {
            assert_eq!(family(class).map(|family| family.class), expected);
        }
    }

    #[test]
    fn a_fine_status_says_more_than_the_coarse_one() {
        use StatusClass as S;
        for (status, operational, class) in [
            ("new", "ongoing", S::New),
            ("assigned", "ongoing", S::Open),
            ("pending", "ongoing", S::Pending),
            ("escalated_tto", "ongoing", S::Open),
            ("escalated_ttr", "ongoing", S::Open),
            ("waiting_for_approval", "ongoing", S::Pending),
            ("approved", "ongoing", S::Open),
            ("dispatched", "ongoing", S::Open),
            ("redispatched", "ongoing", S::Open),
            ("planned", "ongoing", S::Open),
            ("plannedscheduled", "ongoing", S::Open),
            ("implemented", "ongoing", S::Open),
            ("monitored", "ongoing", S::Open),
            ("notapproved", "ongoing", S::Open),
            ("resolved", "resolved", S::Resolved),
            ("closed", "closed", S::Closed),
            ("rejected", "closed", S::Rejected),
            ("an administrator's", "ongoing", S::Open),
            ("an administrator's", "closed", S::Closed),
            ("new", "an administrator's", S::New),
        ] {
            assert_eq!(
                status_class(Some(status), Some(operational)),
                class,
                "{status}"
            );
        }
    }

    #[test]
    fn either_may_be_missing() {
        assert_eq!(status_class(None, Some("ongoing")), StatusClass::Open);
        assert_eq!(status_class(None, Some("resolved")), StatusClass::Resolved);
        assert_eq!(status_class(Some("rejected"), None), StatusClass::Rejected);
        assert_eq!(status_class(Some("else"), None), StatusClass::Unknown);
        assert_eq!(status_class(None, None), StatusClass::Unknown);
    }

    #[test]
    fn a_priority_has_a_number_and_a_word() {
        assert_eq!(level("3"), "3 medium");
        assert_eq!(level("7"), "7");
        assert_eq!(impact("Ausfall am Abend"), "Ausfall am Abend");
        for asked in ["2", "high", " High ", "2 high"] {
            assert_eq!(level_code(asked), Some("2"));
        }
        assert_eq!(level_code("urgent"), None);
    }

    proptest::proptest! {
        /// The filters search by the coarse status: both must mean the same.
        #[test]
        fn open_and_closed_go_by_the_coarse_status(status: Option<String>, operational: String) {
            use StatusClass as S;
            let class = status_class(status.as_deref(), Some(&operational));
            let open = matches!(class, S::New | S::Open | S::Pending);
            assert_eq!(open, operational != "resolved" && operational != "closed");
        }
    }
}
