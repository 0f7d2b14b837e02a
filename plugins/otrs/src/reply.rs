//! What OTRS answers, by operation.

use crate::json::{Id, Int, Many, Text};
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// An error of the application. It comes with HTTP 200, so it is looked for before anything else.
#[derive(Debug, Deserialize)]
pub(crate) struct AppError {
    #[serde(rename = "ErrorCode", default)]
    pub(crate) code: Text,
    #[serde(rename = "ErrorMessage", default)]
    pub(crate) message: Text,
}

/// An answer, which may be an error instead.
pub(crate) trait Reply: DeserializeOwned {
    fn error(&mut self) -> Option<AppError>;
}

macro_rules! reply {
    ($($type:ident),*) => {
        $(impl Reply for $type {
            fn error(&mut self) -> Option<AppError> {
                self.error.take()
            }
        })*
    };
}
reply!(Session, Found, Tickets, Histories);

impl Reply for Created {
    /// A ticket that is named is there, whatever else is said.
    fn error(&mut self) -> Option<AppError> {
        self.error.take_if(|_| self.id.is_none())
    }
}

/// `SessionCreate`
#[derive(Deserialize)]
pub(crate) struct Session {
    #[serde(rename = "Error")]
    error: Option<AppError>,
    #[serde(rename = "SessionID", default)]
    pub(crate) id: Text,
}

/// `TicketSearch`; `{}` when there is nothing.
#[derive(Deserialize)]
pub(crate) struct Found {
    #[serde(rename = "Error")]
    error: Option<AppError>,
    #[serde(rename = "TicketID", default)]
    pub(crate) ids: Many<Id>,
}

/// `TicketGet`, in the order of the request.
#[derive(Deserialize)]
pub(crate) struct Tickets {
    #[serde(rename = "Error")]
    error: Option<AppError>,
    #[serde(rename = "Ticket", default)]
    pub(crate) tickets: Many<RawTicket>,
}

/// `TicketCreate`
#[derive(Deserialize)]
pub(crate) struct Created {
    #[serde(rename = "Error")]
    pub(crate) error: Option<AppError>,
    #[serde(rename = "TicketID")]
    pub(crate) id: Option<Id>,
    #[serde(rename = "TicketNumber", default)]
    pub(crate) number: Text,
}

/// `TicketHistoryGet`
#[derive(Deserialize)]
pub(crate) struct Histories {
    #[serde(rename = "Error")]
    error: Option<AppError>,
    #[serde(rename = "TicketHistory", default)]
    pub(crate) histories: Many<History>,
}

/// What happened to one ticket.
#[derive(Deserialize)]
pub(crate) struct History {
    #[serde(rename = "TicketID")]
    pub(crate) ticket: Id,
    #[serde(rename = "History", default)]
    pub(crate) entries: Many<Entry>,
}

/// One thing that happened.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Entry {
    #[serde(default)]
    pub(crate) history_type: Text,
    #[serde(default)]
    pub(crate) name: Text,
    /// Without a zone.
    #[serde(default)]
    pub(crate) create_time: Text,
    /// The id of a user.
    #[serde(default)]
    pub(crate) create_by: Int,
    /// 0 where it is about none.
    #[serde(default, rename = "ArticleID")]
    pub(crate) article: Int,
    /// The owner after it.
    #[serde(default, rename = "OwnerID")]
    pub(crate) owner: Int,
}

impl Entry {
    /// The id of the ticket that this one was merged into: `%%old number%%old id%%new number%%new id`.
    pub(crate) fn merged_into(&self) -> Option<u64> {
        if self.history_type.as_str() != Some("Merged") {
            return None;
        }
        let mut details = self.name.as_str()?.split("%%");
        details.nth(4)?.trim().parse().ok()
    }
}

/// A ticket as OTRS sends it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct RawTicket {
    #[serde(rename = "TicketID")]
    pub(crate) id: Id,
    #[serde(default)]
    pub(crate) ticket_number: Text,
    #[serde(default)]
    pub(crate) title: Text,
    #[serde(default)]
    pub(crate) state: Text,
    #[serde(default)]
    pub(crate) state_type: Text,
    #[serde(default, rename = "Type")]
    pub(crate) class: Text,
    #[serde(default)]
    pub(crate) queue: Text,
    #[serde(default)]
    pub(crate) priority: Text,
    #[serde(default)]
    pub(crate) owner: Text,
    #[serde(default, rename = "OwnerID")]
    pub(crate) owner_id: Int,
    #[serde(default)]
    pub(crate) responsible: Text,
    #[serde(default, rename = "ResponsibleID")]
    pub(crate) responsible_id: Int,
    #[serde(default)]
    pub(crate) lock: Text,
    #[serde(default)]
    pub(crate) service: Text,
    #[serde(default, rename = "SLA")]
    pub(crate) sla: Text,
    #[serde(default, rename = "CustomerID")]
    pub(crate) customer: Text,
    #[serde(default, rename = "CustomerUserID")]
    pub(crate) customer_user: Text,
    #[serde(default)]
    pub(crate) created: Text,
    #[serde(default)]
    pub(crate) changed: Text,
    /// Seconds since it was created.
    #[serde(default)]
    pub(crate) age: Int,
    /// Seconds since 1970 in UTC; 0 for none.
    #[serde(default)]
    pub(crate) escalation_solution_time: Int,
    /// Until when it waits: seconds since 1970 in UTC, kept from before when it waits no longer.
    #[serde(default)]
    pub(crate) real_till_time_not_used: Int,
    #[serde(default, rename = "DynamicField")]
    pub(crate) fields: Many<DynamicField>,
    #[serde(default, rename = "Article")]
    pub(crate) articles: Many<Article>,
}

impl RawTicket {
    /// The values of a dynamic field; none when OTRS does not send the field at all, as it does for
    /// each that is valid.
    pub(crate) fn values(&self, name: &str) -> Option<Vec<String>> {
        let mut fields = self.fields.0.iter();
        let field = fields.find(|field| field.name.as_str() == Some(name))?;
        Some(field.values().map(str::to_owned).collect())
    }
}

/// A dynamic field of a ticket: text, a number, a list, or null.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DynamicField {
    #[serde(default)]
    pub(crate) name: Text,
    #[serde(default)]
    value: Many<Text>,
}

impl DynamicField {
    /// Those that are not empty.
    pub(crate) fn values(&self) -> impl Iterator<Item = &str> {
        self.value.0.iter().filter_map(Text::as_str)
    }
}

/// What somebody wrote.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Article {
    #[serde(default)]
    pub(crate) body: Text,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{samples, soap};
    use proptest::prelude::*;

    #[test]
    fn nothing_found_is_an_empty_object() {
        let found: Found = serde_json::from_str("{}").unwrap();
        assert_eq!(found.ids, Many(vec![]));
        let found: Found = serde_json::from_str(r#"{"TicketID":["59","61"]}"#).unwrap();
        assert_eq!(found.ids, Many(vec![Id(59), Id(61)]));
    }

    #[test]
    fn an_error_is_told_in_both_formats() {
        let mut json: Tickets = serde_json::from_slice(samples::DENIED).unwrap();
        let mut xml: Tickets =
            serde_json::from_value(soap::reply("TicketGet", samples::SOAP_DENIED).unwrap())
                .unwrap();
        for reply in [&mut json, &mut xml] {
            let error = reply.error().unwrap();
            assert_eq!(error.code.as_str(), Some("TicketGet.AccessDenied"));
        }
    }

    #[test]
    fn a_ticket_is_the_same_in_both_formats() {
        let json: Tickets = serde_json::from_slice(samples::TICKET_2).unwrap();
        let xml: Tickets =
            serde_json::from_value(soap::reply("TicketGet", samples::SOAP_TICKETS).unwrap())
                .unwrap();
        let (json, xml) = (&json.tickets.0[0], &xml.tickets.0[0]);
        assert_eq!(json.id, xml.id);
        assert_eq!(json.title, xml.title);
        assert_eq!(json.queue, xml.queue);
        assert_eq!(
            json.values("IDoitObjects"),
            Some(vec![",1,100,".to_owned()])
        );
        assert_eq!(json.values("IDoitObjects"), xml.values("IDoitObjects"));
        assert_eq!(json.values("CMDBMulti"), Some(vec!["1".to_owned()]));
        assert_eq!(json.values("CMDBDue"), Some(vec![]));
        assert_eq!(json.values("Nope"), None);
    }

    #[test]
    fn a_merge_names_the_ticket_that_is_left() {
        let read: Histories = serde_json::from_slice(samples::MERGED_HISTORY).unwrap();
        let mut entries = read.histories.0[0].entries.0.iter();
        assert_eq!(entries.find_map(Entry::merged_into), Some(8));
        let odd = r#"{"HistoryType":"Merged","Name":"%%1%%2"}"#;
        let odd: Entry = serde_json::from_str(odd).unwrap();
        assert_eq!(odd.merged_into(), None);
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_readers_panic(body in proptest::collection::vec(any::<u8>(), 0..512)) {
            let _ = serde_json::from_slice::<Tickets>(&body);
            let _ = soap::reply("TicketGet", &body).map(serde_json::from_value::<Tickets>);
        }

        #[test]
        fn no_torn_or_altered_answer_makes_them_panic(at in 0usize..4000, byte in any::<u8>(), cut in 0usize..4000) {
            for sample in [samples::TICKET_2, samples::SOAP_TICKETS, samples::MERGED_HISTORY] {
                let mut body = sample.to_vec();
                let length = body.len();
                if let Some(place) = body.get_mut(at % length) {
                    *place = byte;
                }
                body.truncate(length.saturating_sub(cut % length));
                let _ = serde_json::from_slice::<Tickets>(&body);
                let _ = serde_json::from_slice::<Histories>(&body);
                if let Ok(value) = soap::reply("TicketGet", &body) {
                    let _ = serde_json::from_value::<Tickets>(value.clone());
                    let _ = serde_json::from_value::<Found>(value);
                }
            }
        }
    }
}
