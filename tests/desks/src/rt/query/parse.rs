//! Reading a query, with RT's own complaints.

use super::token::{self, Kind};
use super::{Column, Condition, Field, Given, Joint, Node, Operator, Role};

/// Where RT says its syntax errors come from: a path of the server, in the answer to the client.
const SYNTAX_PLACE: &str = " at /usr/share/request-tracker5/lib/RT/Tickets.pm line 3187.\n";
/// Where it says the errors of the database come from.
const DATABASE_PLACE: &str = " at /usr/share/request-tracker5/lib/RT/Tickets.pm line 3462.\n";
/// Where it says that a date cannot be compared this way.
const DATE_PLACE: &str = " at /usr/share/request-tracker5/lib/RT/Tickets.pm line 574.\n";
/// Where it says that a link cannot be compared this way.
const LINK_PLACE: &str = " at /usr/share/request-tracker5/lib/RT/Tickets.pm line 462.\n";
/// Where it says that a custom field has no name.
const FIELD_PLACE: &str = " at /usr/share/request-tracker5/lib/RT/Tickets.pm line 1367.\n";

/// Fields that RT has and this desk does not.
const NOT_MODELLED: &[&str] = &[
    "ContentType",
    "Filename",
    "Linked",
    "LinkedTo",
    "LinkedFrom",
    "MemberOf",
    "HasMember",
    "Members",
    "DependsOn",
    "DependedOnBy",
    "ReferredToBy",
    "MergedInto",
    "WatcherGroup",
    "QueueWatcher",
    "QueueCc",
    "QueueAdminCc",
    "HasAttribute",
    "HasNoAttribute",
    "TransactionDate",
    "TransactionCF",
    "CustomRole",
    "UpdatedBy",
];

/// Why a query is not answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) enum Refusal {
    /// RT's `400` with this message.
    Message(String),
    /// RT would answer, this desk cannot.
    NotModelled(String),
}

/// A level of parentheses: what stands in it, joined by the last `AND` or `OR` that was read.
struct Level {
    joint: Joint,
    nodes: Vec<Node>,
}

impl Level {
    fn new() -> Self {
        Level {
            joint: Joint::And,
            nodes: Vec::new(),
        }
    }
}

/// Reads a query for tickets.
pub(in super::super) fn parse(query: &str) -> Result<Node, Refusal> {
    parse_with(query, field, SYNTAX_PLACE)
}

/// Reads a query with these fields; `place` is where RT says that its complaints come from.
pub(super) fn parse_with(
    query: &str,
    field: fn(&str) -> Result<Option<Field>, Refusal>,
    place: &str,
) -> Result<Node, Refusal> {
    let complain = |unknown: &[String], message: &str| complain(unknown, message, place);
    let mut levels = vec![Level::new()];
    let mut unknown = Vec::new();
    let mut bare = None;
    let (mut keyword, mut operator) = ("", Operator::Equal);
    let mut wanted: &[Kind] = &[Kind::OpenParen, Kind::Keyword];
    let mut last = None;
    let mut at = 0;
    while at < query.len() {
        let Some((kind, length)) =
            next(wanted, query, at).map_err(|message| complain(&unknown, &message))?
        else {
            // Junk: RT skips it.
            at += query[at..].chars().next().map_or(1, char::len_utf8);
            continue;
        };
        let word = &query[at..at + length];
        match kind {
            Kind::OpenParen => levels.push(Level::new()),
            Kind::Keyword => keyword = word,
            Kind::Operator => {
                operator = token::operator(word).map_or(Operator::Equal, |(operator, _)| operator)
            }
            Kind::Aggregator => {
                innermost(&mut levels).joint =
                    token::joint(word).map_or(Joint::And, |(joint, _)| joint)
            }
            Kind::Value => {
                let (text, quoted) = token::content(word);
                match field(&token::content(keyword).0)? {
                    Some(field) => {
                        check_operator(&field, word_of(operator), operator)?;
                        let value = Given { text, quoted };
                        bare = bare.or_else(|| no_such_column(&field, &value));
                        innermost(&mut levels)
                            .nodes
                            .push(Node::Condition(Condition {
                                field,
                                operator,
                                value,
                            }));
                    }
                    None => unknown.push(format!("Unknown field: {}", token::content(keyword).0)),
                }
            }
            Kind::CloseParen => {
                let level = levels.pop().unwrap_or_else(Level::new);
                innermost(&mut levels)
                    .nodes
                    .push(Node::Group(level.joint, level.nodes));
            }
        }
        at += length;
        last = Some(kind);
        wanted = match kind {
            Kind::OpenParen | Kind::Aggregator => &[Kind::OpenParen, Kind::Keyword],
            Kind::Keyword => &[Kind::Operator],
            Kind::Operator => &[Kind::Value],
            Kind::Value | Kind::CloseParen if levels.len() > 1 => {
                &[Kind::Aggregator, Kind::CloseParen]
            }
            Kind::Value | Kind::CloseParen => &[Kind::Aggregator],
        };
    }
    if let Some(kind) = last.filter(|kind| !matches!(kind, Kind::Value | Kind::CloseParen)) {
        let name = kind.name();
        let message = format!(
            "Incomplete query, last element ({name}) is not close paren or value in '{query}'"
        );
        return Err(complain(&unknown, &message));
    }
    if levels.len() > 1 {
        let open = levels.len() - 1;
        let parens = if open == 1 { "paren" } else { "parens" };
        return Err(complain(
            &unknown,
            &format!("Incomplete query, {open} unclosed {parens} in '{query}'"),
        ));
    }
    if !unknown.is_empty() {
        return Err(complain(&unknown, ""));
    }
    if let Some(word) = bare {
        let message = format!("Wrong query, no such column '{word}' in '{query}'{DATABASE_PLACE}");
        return Err(Refusal::Message(message));
    }
    let level = levels.pop().unwrap_or_else(Level::new);
    Ok(Node::Group(level.joint, level.nodes))
}

fn innermost(levels: &mut Vec<Level>) -> &mut Level {
    if levels.is_empty() {
        levels.push(Level::new());
    }
    let last = levels.len() - 1;
    &mut levels[last]
}

/// The word at this place: one that is wanted, or none because it is junk, or a complaint
/// because it is a word of another kind.
fn next(wanted: &[Kind], query: &str, at: usize) -> Result<Option<(Kind, usize)>, String> {
    let rest = &query[at..];
    let found = wanted
        .iter()
        .find_map(|&kind| Some((kind, token::length(kind, rest)?)));
    if found.is_some() {
        return Ok(found);
    }
    let all = [
        Kind::Aggregator,
        Kind::OpenParen,
        Kind::CloseParen,
        Kind::Keyword,
        Kind::Operator,
    ];
    let Some(length) = all.iter().find_map(|&kind| token::length(kind, rest)) else {
        return Ok(None);
    };
    let names: Vec<&str> = wanted.iter().map(|kind| kind.name()).collect();
    let (before, word, after) = (&query[..at], &rest[..length], &rest[length..]);
    Err(format!(
        "Wrong query, expecting a {} in '{before}>{word}<--here{after}'",
        names.join(" or ")
    ))
}

fn complain(unknown: &[String], message: &str, place: &str) -> Refusal {
    let mut parts: Vec<&str> = unknown.iter().map(String::as_str).collect();
    parts.extend(Some(message).filter(|message| !message.is_empty()));
    Refusal::Message(format!("{}{place}", parts.join("; ")))
}

/// A bare word that the database takes for the name of a column.
fn no_such_column(field: &Field, value: &Given) -> Option<String> {
    let text = &value.text;
    let special = text.starts_with("__") && text.ends_with("__");
    let fine =
        value.quoted || special || text.eq_ignore_ascii_case("NULL") || text.parse::<f64>().is_ok();
    let looked_up = matches!(field, Field::Date(_)) && text.is_empty();
    (!fine && !looked_up).then(|| text.clone())
}

fn check_operator(field: &Field, name: &str, operator: Operator) -> Result<(), Refusal> {
    let fits = matches!(
        operator,
        Operator::Equal
            | Operator::Less
            | Operator::LessOrEqual
            | Operator::Greater
            | Operator::GreaterOrEqual
            | Operator::Is
            | Operator::IsNot
    );
    match field {
        Field::Date(_) if !fits => Err(Refusal::Message(format!(
            "Invalid Date Op: {name}{DATE_PLACE}"
        ))),
        Field::RefersTo => match operator {
            Operator::Equal | Operator::NotEqual => Ok(()),
            Operator::Like | Operator::NotLike | Operator::StartsWith | Operator::EndsWith => {
                let message = format!(
                    "Invalid Operator {} for RefersTo{LINK_PLACE}",
                    word_of(operator)
                );
                Err(Refusal::Message(message))
            }
            _ => Err(Refusal::NotModelled(
                "comparisons of links but = and !=".to_owned(),
            )),
        },
        _ => Ok(()),
    }
}

fn word_of(operator: Operator) -> &'static str {
    match operator {
        Operator::NotEqual => "!=",
        Operator::Like => "LIKE",
        Operator::NotLike => "NOT LIKE",
        Operator::StartsWith => "STARTSWITH",
        Operator::EndsWith => "ENDSWITH",
        _ => "",
    }
}

/// The field of this name; none when RT does not know it either.
fn field(name: &str) -> Result<Option<Field>, Refusal> {
    if let Some(length) = token::custom_field_prefix(name) {
        return Ok(Some(Field::Custom(between_braces(&name[length..]))));
    }
    if ["CF", "CustomField"]
        .iter()
        .any(|bare| name.eq_ignore_ascii_case(bare))
    {
        return Err(Refusal::Message(format!("No field specified{FIELD_PLACE}")));
    }
    let (base, property) = match name.split_once('.') {
        Some((base, property)) => (base, Some(property.to_owned())),
        None => (name, None),
    };
    let field = match base.to_ascii_lowercase().as_str() {
        "id" => Field::Number(Column::Id),
        "effectiveid" => Field::Number(Column::EffectiveId),
        "priority" => Field::Number(Column::Priority),
        "initialpriority" | "finalpriority" | "timeleft" | "timeestimated" => {
            Field::Number(Column::Zero)
        }
        "timeworked" => Field::Number(Column::TimeWorked),
        "subject" => Field::Text(Column::Subject),
        "status" => Field::Text(Column::Status),
        "type" => Field::Text(Column::Type),
        "lifecycle" => Field::Text(Column::Lifecycle),
        "sla" => Field::Text(Column::Nothing),
        "created" => Field::Date(Column::Created),
        "lastupdated" | "updated" => Field::Date(Column::LastUpdated),
        "starts" => Field::Date(Column::Starts),
        "started" => Field::Date(Column::Started),
        "due" => Field::Date(Column::Due),
        "resolved" => Field::Date(Column::Resolved),
        "told" | "lastcontact" => Field::Date(Column::Told),
        "queue" => Field::Queue,
        "content" => Field::Content,
        "refersto" => Field::RefersTo,
        "owner" => Field::User(Column::Owner, property),
        "creator" => Field::User(Column::Creator, property),
        "lastupdatedby" => Field::User(Column::LastUpdatedBy, property),
        "requestor" | "requestors" => Field::Watchers(Role::Requestor, property),
        "cc" => Field::Watchers(Role::Cc, property),
        "admincc" => Field::Watchers(Role::AdminCc, property),
        "watcher" | "watchers" => Field::Watchers(Role::Any, property),
        _ if NOT_MODELLED
            .iter()
            .any(|known| known.eq_ignore_ascii_case(base)) =>
        {
            return Err(Refusal::NotModelled(format!(
                "the field {base} of TicketSQL"
            )));
        }
        _ => return Ok(None),
    };
    Ok(Some(field))
}

/// `2` of `{2}`, `2` and `Hardware.{2}`; the queue in front has no effect.
fn between_braces(rest: &str) -> String {
    let inside = rest
        .find('{')
        .zip(rest.rfind('}'))
        .filter(|(open, close)| open < close);
    inside
        .map_or(rest, |(open, close)| &rest[open + 1..close])
        .to_owned()
}
