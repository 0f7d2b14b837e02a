//! A draft as OTRS wants it, and what OTRS made otherwise.

use crate::client::Made;
use crate::links;
use crate::object::{Match, ObjectId, References, objects_in};
use crate::options::key;
use crate::reply::RawTicket;
use crate::ticket::NO_TYPE;
use serde_json::{Map, Value, json};
use sgi_guest::authoring::{Deviation, Draft};
use sgi_guest::types::{Error, StatusClass, Ticket};
use sgi_guest::{Settings, fail, text};

/// OTRS wants a priority and a state; these come with it.
pub(crate) const PRIORITY: &str = "3 normal";
const STATE: &str = "new";
/// The longest title that OTRS's database holds.
const LONGEST_SUBJECT: usize = 255;
/// How OTRS takes an article. A charset that it does not know it refuses, after all else was seen to
/// be in order.
pub(crate) const PLAIN: &str = "text/plain; charset=utf8";
pub(crate) const REFUSED: &str = "text/plain; charset=nope";

/// The last line of the first article: by it the ticket is found again.
pub(crate) fn marker_line(draft: &Draft) -> String {
    format!("Reference: sgi-{}", draft.marker)
}

/// Whether a text of OTRS carries the marker. Quoted in an answer it does not count.
pub(crate) fn carries(body: &str, draft: &Draft) -> bool {
    let line = marker_line(draft);
    body.lines().any(|other| other.trim_end() == line)
}

/// The text with the marker.
fn body(draft: &Draft) -> String {
    let line = marker_line(draft);
    match draft.text.trim_end() {
        "" => line,
        text => format!("{text}\n\n{line}"),
    }
}

/// The objects of a draft, as the field can hold them.
pub(crate) fn objects<'a>(
    draft: &'a Draft,
    references: &References<'_>,
) -> Result<Vec<ObjectId<'a>>, Error> {
    let ids = draft
        .objects
        .iter()
        .map(|object| ObjectId::parse(&object.id));
    let ids = ids.collect::<Result<Vec<_>, _>>()?;
    if ids.is_empty() {
        return Err(fail::invalid_input(
            "a new ticket needs an object to reference",
        ));
    }
    if ids.len() > 1 && references.matching == Match::Equals {
        return Err(fail::invalid_input(
            "the dynamic field holds one object (option \"match\" is \"equals\"), and the new ticket \
             shall reference several",
        ));
    }
    Ok(ids)
}

/// Where the ticket goes.
pub(crate) fn queue<'a>(settings: &'a Settings, draft: &'a Draft) -> Result<&'a str, Error> {
    let queue = draft.queue.as_deref();
    queue.or(settings.text(key::CREATE_QUEUE)).ok_or_else(|| {
        fail::invalid_setting(
            key::CREATE_QUEUE,
            "OTRS creates tickets in a queue only: name one for the ticket, or set the queue for new \
             tickets",
        )
    })
}

/// Who asks. OTRS wants somebody: a customer user, or an address where it checks addresses.
pub(crate) fn customer<'a>(settings: &'a Settings, draft: &'a Draft) -> &'a str {
    let configured = settings.text(key::CREATE_CUSTOMER);
    let requestor = draft.requestor.as_deref().or(configured);
    requestor.unwrap_or(settings.username())
}

/// Its type.
fn class<'a>(settings: &'a Settings, draft: &'a Draft) -> Option<&'a str> {
    let class = draft.class.as_deref();
    class.or(settings.text(key::CREATE_TYPE))
}

fn priority(draft: &Draft) -> &str {
    draft.priority.as_deref().unwrap_or(PRIORITY)
}

/// What `TicketCreate` is sent.
pub(crate) fn parameters(
    settings: &Settings,
    references: &References<'_>,
    draft: &Draft,
) -> Result<Map<String, Value>, Error> {
    let objects = objects(draft, references)?;
    let subject = draft.subject.trim();
    if subject.is_empty() || subject.chars().count() > LONGEST_SUBJECT {
        return Err(fail::invalid_input(format!(
            "OTRS takes subjects of 1 to {LONGEST_SUBJECT} characters, and this one has {}",
            subject.chars().count()
        )));
    }
    let mut fields = vec![json!({
        "Name": references.objects.as_str(),
        "Value": references.value(&objects),
    })];
    if let Some((field, tenant)) = references.tenant {
        fields.push(json!({ "Name": field.as_str(), "Value": tenant }));
    }
    let mut ticket = json!({
        "Title": subject,
        "Queue": queue(settings, draft)?,
        "State": STATE,
        "Priority": priority(draft),
        "CustomerUser": customer(settings, draft),
    });
    if let (Some(class), Some(ticket)) = (class(settings, draft), ticket.as_object_mut()) {
        ticket.insert("Type".to_owned(), class.into());
    }
    let mut parameters = Map::new();
    parameters.insert("Ticket".to_owned(), ticket);
    let article = json!({ "Subject": subject, "Body": body(draft), "ContentType": PLAIN });
    parameters.insert("Article".to_owned(), article);
    parameters.insert("DynamicField".to_owned(), Value::Array(fields));
    Ok(parameters)
}

/// The new ticket by what OTRS said when it created it, and by what it was sent: for where it cannot be
/// read back. What only OTRS knows, such as its dates, is left out.
pub(crate) fn unread(settings: &Settings, draft: &Draft, made: Made) -> Ticket {
    let id = made.id.to_string();
    let owned = |text: &str| text.to_owned();
    Ticket {
        url: links::show(settings, made.id),
        number: made.number.unwrap_or_else(|| id.clone()),
        id,
        subject: draft.subject.trim().to_owned(),
        status: STATE.to_owned(),
        status_class: StatusClass::New,
        class: class(settings, draft)
            .filter(|class| *class != NO_TYPE)
            .map(owned),
        queue: queue(settings, draft).ok().map(owned),
        priority: Some(priority(draft).to_owned()),
        owner: None,
        requestors: vec![customer(settings, draft).to_owned()],
        created: None,
        updated: None,
        starts: None,
        due: None,
        resolved: None,
        objects: draft
            .objects
            .iter()
            .map(|object| object.id.clone())
            .collect(),
        fields: Vec::new(),
    }
}

/// Where the ticket is not as the draft asks.
pub(crate) fn deviations(
    raw: &RawTicket,
    draft: &Draft,
    references: &References<'_>,
) -> Vec<Deviation> {
    let mut deviations = Vec::new();
    let mut deviates = |field: &str, message: String| {
        deviations.push(Deviation {
            field: field.to_owned(),
            problem: fail::problem(message),
        });
    };
    let values = raw.values(references.objects.as_str()).unwrap_or_default();
    let held = objects_in(&values);
    let mut asked = draft.objects.iter().map(|object| &object.id);
    if !asked.all(|id| held.contains(id)) {
        deviates(
            "objects",
            format!(
                "the ticket does not reference all of its objects: the dynamic field {:?} may not be \
                 set for new tickets in OTRS",
                references.objects.as_str()
            ),
        );
    }
    let named = [
        ("queue", draft.queue.as_deref(), raw.queue.as_str()),
        ("class", draft.class.as_deref(), raw.class.as_str()),
        ("subject", Some(draft.subject.trim()), raw.title.as_str()),
        (
            "requestor",
            draft.requestor.as_deref(),
            raw.customer_user.as_str(),
        ),
        ("priority", draft.priority.as_deref(), raw.priority.as_str()),
    ];
    for (field, asked, made) in named {
        let Some(asked) = asked.map(str::trim) else {
            continue;
        };
        if made != Some(asked) {
            deviates(
                field,
                format!(
                    "OTRS made {} of {}",
                    made.map_or_else(|| "nothing".to_owned(), text::quote),
                    text::quote(asked)
                ),
            );
        }
    }
    let expected = body(draft);
    let written = raw
        .articles
        .0
        .iter()
        .filter_map(|article| article.body.as_str());
    let same = |made: &str| made.replace("\r\n", "\n").trim() == expected.trim();
    if raw.articles.0.is_empty() {
        deviates(
            "text",
            "the ticket has no article, and so neither its text nor the line by which it is found \
             again: OTRS's log says why"
                .to_owned(),
        );
    } else if !written.into_iter().any(same) {
        deviates(
            "text",
            "OTRS changed the text: its database may not hold all characters".to_owned(),
        );
    }
    deviations
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reply::Tickets;
    use crate::samples::{self, draft};

    #[test]
    fn a_draft_becomes_what_otrs_was_seen_to_take() {
        let settings = samples::settings(&[("tenant", "7")]);
        let references = References::new(&settings).unwrap();
        let sent = Value::Object(parameters(&settings, &references, &draft()).unwrap());
        assert_eq!(
            sent,
            json!({
                "Ticket": {
                    "Title": "Printer", "Queue": "Network", "State": "new",
                    "Priority": "3 normal", "CustomerUser": "cmdb", "Type": "Unclassified",
                },
                "Article": {
                    "Subject": "Printer",
                    "Body": "It\nburns.\n\nReference: sgi-0123456789abcdef",
                    "ContentType": "text/plain; charset=utf8",
                },
                "DynamicField": [
                    { "Name": "IDoitObjects", "Value": ",1,2," },
                    { "Name": "IDoitMandator", "Value": "7" },
                ],
            })
        );
    }

    #[test]
    fn what_cannot_be_is_refused_before_it_is_sent() {
        let refused = |options: &[(&str, &str)], draft: &Draft| {
            let settings = samples::settings(options);
            let references = References::new(&settings).unwrap();
            parameters(&settings, &references, draft).unwrap_err()
        };
        let no_queue = Draft {
            queue: None,
            ..draft()
        };
        let error = refused(&[], &no_queue);
        assert!(matches!(error, Error::InvalidSetting(p) if p.key == "create-queue"));
        let long = Draft {
            subject: "x".repeat(256),
            ..draft()
        };
        assert!(matches!(refused(&[], &long), Error::InvalidInput(_)));
        assert!(matches!(
            refused(&[("match", "equals")], &draft()),
            Error::InvalidInput(_)
        ));
        let none = Draft {
            objects: Vec::new(),
            ..draft()
        };
        assert!(matches!(refused(&[], &none), Error::InvalidInput(_)));
    }

    #[test]
    fn the_marker_is_a_line_of_its_own() {
        let draft = draft();
        assert!(carries("a\r\nReference: sgi-0123456789abcdef\r\n", &draft));
        assert!(!carries("> Reference: sgi-0123456789abcdef", &draft));
        assert!(!carries("Reference: sgi-0123456789abcdef0", &draft));
    }

    #[test]
    fn what_otrs_made_otherwise_is_told_by_field() {
        let settings = samples::settings(&[]);
        let references = References::new(&settings).unwrap();
        let made = |edit: &dyn Fn(&mut Value)| {
            let mut ticket = json!({
                "TicketID": 1, "Title": "Printer", "Queue": "Network", "Priority": "3 normal",
                "CustomerUserID": "cmdb", "Type": "Unclassified",
                "DynamicField": [{ "Name": "IDoitObjects", "Value": ",1,2," }],
                "Article": [{ "Body": "It\nburns.\n\nReference: sgi-0123456789abcdef" }],
            });
            edit(&mut ticket);
            let read: Tickets = serde_json::from_value(json!({ "Ticket": [ticket] })).unwrap();
            let found = deviations(&read.tickets.0[0], &draft(), &references);
            found.into_iter().map(|d| d.field).collect::<Vec<_>>()
        };
        assert!(made(&|_| {}).is_empty());
        assert_eq!(made(&|t| t["Queue"] = "Raw".into()), ["queue"]);
        assert_eq!(made(&|t| t["Title"] = "Print".into()), ["subject"]);
        assert_eq!(made(&|t| t["DynamicField"] = Value::Null), ["objects"]);
        assert_eq!(made(&|t| t["Article"][0]["Body"] = "It".into()), ["text"]);
    }
}
