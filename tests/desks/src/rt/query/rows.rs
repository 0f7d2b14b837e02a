//! Queries for transactions: the same language with fields of its own.

use super::super::data::{Data, Ticket};
use super::super::dates::{self, Zone};
use super::super::history::Transaction;
use super::compare::{compare, number, text};
use super::parse::{Refusal, parse_with};
use super::{Condition, Field, Joint, Node, Operator};

/// Where RT says its syntax errors come from.
const PLACE: &str = " at /usr/share/request-tracker5/lib/RT/Transactions.pm line 918.\n";

/// What of a transaction is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Column {
    Id,
    ObjectType,
    ObjectId,
    Kind,
    Field,
    Old,
    New,
    Created,
    TicketQueue,
}

pub(in super::super) fn parse(query: &str) -> Result<Node, Refusal> {
    parse_with(query, field, PLACE)
}

fn field(name: &str) -> Result<Option<Field>, Refusal> {
    let column = match name.to_ascii_lowercase().as_str() {
        "id" => Column::Id,
        "objecttype" => Column::ObjectType,
        // Of transactions of tickets it is the same.
        "objectid" | "ticketid" => Column::ObjectId,
        "type" => Column::Kind,
        "field" => Column::Field,
        "oldvalue" => Column::Old,
        "newvalue" => Column::New,
        "created" => Column::Created,
        "ticketqueue" => Column::TicketQueue,
        other if other.starts_with("ticket") && !other.starts_with("ticketcf") => {
            return Err(Refusal::NotModelled(format!(
                "the field {name} of transactions"
            )));
        }
        "creator" | "data" | "content" | "timetaken" => {
            return Err(Refusal::NotModelled(format!(
                "the field {name} of transactions"
            )));
        }
        _ => return Ok(None),
    };
    Ok(Some(Field::Row(column)))
}

/// Whether the query finds a transaction of a ticket.
pub(in super::super) fn holds(
    node: &Node,
    row: &Transaction,
    ticket: &Ticket,
    data: &Data,
    zone: Zone,
) -> bool {
    let holds = |node: &Node| holds(node, row, ticket, data, zone);
    match node {
        Node::Group(Joint::And, nodes) => nodes.iter().all(holds),
        Node::Group(Joint::Or, nodes) => nodes.iter().any(holds),
        Node::Condition(condition) => condition_holds(condition, row, ticket, data, zone),
    }
}

fn condition_holds(
    condition: &Condition,
    row: &Transaction,
    ticket: &Ticket,
    data: &Data,
    zone: Zone,
) -> bool {
    let (operator, value) = (condition.operator, &condition.value);
    let Field::Row(column) = condition.field else {
        return false;
    };
    let is = match column {
        Column::Id => return number(operator, row.id as f64, value),
        Column::ObjectId => return number(operator, row.ticket as f64, value),
        Column::Created => {
            let given = dates::parse_query(&value.text, zone);
            let is = dates::parse_answer(&row.created).unwrap_or(0);
            return compare(operator, is.cmp(&given));
        }
        Column::TicketQueue => {
            let named = data.queue(&value.text).map(|queue| queue.id);
            let same = named == Some(ticket.queue);
            return same == (operator == Operator::Equal);
        }
        Column::ObjectType => "RT::Ticket",
        Column::Kind => &row.kind,
        Column::Field => &row.field,
        // Values of custom fields stand in another table, and are not found by what they are.
        Column::Old | Column::New if row.kind == "CustomField" => "",
        Column::Old => &row.old,
        Column::New => &row.new,
    };
    text(operator, Some(is), value)
}
