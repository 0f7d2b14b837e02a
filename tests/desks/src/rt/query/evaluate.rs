//! Which tickets a query finds, and in which order.

use super::super::data::{CustomField, Data, NOBODY, Ticket, User};
use super::super::dates::{self, Zone};
use super::compare::{affirmed, compare, is_order, number, status, text};
use super::{Column, Condition, Field, Given, Joint, Node, Operator, Role};

/// What a query is seen against.
pub(in super::super) struct Context<'a> {
    pub data: &'a Data,
    pub account: &'a User,
    pub zone: Zone,
}

/// A query applied.
pub(in super::super) struct Search<'a> {
    context: &'a Context<'a>,
    query: &'a Node,
    merged_too: bool,
}

impl<'a> Search<'a> {
    pub(in super::super) fn new(context: &'a Context<'a>, query: &'a Node) -> Self {
        Search {
            context,
            query,
            merged_too: mentions_effective_id(query),
        }
    }

    /// The tickets that the account sees and the query finds, in RT's order without an `orderby`:
    /// by custom field values or people it is by id, else by queue, status and id.
    ///
    /// Deleted tickets are never found, merged ones only by a query that names `EffectiveId`.
    pub(in super::super) fn run(&self) -> Vec<&'a Ticket> {
        let Context { data, account, .. } = self.context;
        let visible = |ticket: &Ticket| {
            ticket.status != "deleted"
                && (self.merged_too || ticket.effective == ticket.id)
                && account.shows(data.queue_of(ticket))
        };
        let found = data
            .tickets
            .values()
            .filter(|ticket| visible(ticket) && self.holds(self.query, ticket));
        let mut found: Vec<&Ticket> = found.collect();
        if !by_id(self.query) {
            found.sort_by(|a, b| (a.queue, &a.status, a.id).cmp(&(b.queue, &b.status, b.id)));
        }
        found
    }

    fn holds(&self, node: &Node, ticket: &Ticket) -> bool {
        match node {
            Node::Group(Joint::And, nodes) => nodes.iter().all(|node| self.holds(node, ticket)),
            Node::Group(Joint::Or, nodes) => nodes.iter().any(|node| self.holds(node, ticket)),
            Node::Condition(condition) => self.condition(condition, ticket),
        }
    }

    fn condition(&self, condition: &Condition, ticket: &Ticket) -> bool {
        let (operator, value) = (condition.operator, &condition.value);
        match &condition.field {
            Field::Number(column) => number(operator, number_of(*column, ticket), value),
            Field::Text(column) => self.text(*column, operator, value, ticket),
            Field::Date(column) => self.date(date_of(*column, ticket), operator, &value.text),
            Field::Queue => self.queue(operator, value, ticket),
            Field::User(column, property) => {
                self.user(*column, property.as_deref(), operator, value, ticket)
            }
            Field::Watchers(role, property) => {
                self.watchers(*role, property.as_deref(), operator, value, ticket)
            }
            Field::Custom(name) => self.custom(name, operator, value, ticket),
            Field::Content | Field::Row(_) => false,
            // Of a link to a ticket the number is asked for; the seed has none of them.
            Field::RefersTo => ticket.refers_to(&value.text) == (operator == Operator::Equal),
        }
    }

    fn text(&self, column: Column, operator: Operator, value: &Given, ticket: &Ticket) -> bool {
        let is = match column {
            Column::Subject => ticket.subject.as_str(),
            Column::Status => {
                let active = self.context.data.is_active(&ticket.status);
                return status(operator, value, &ticket.status, active);
            }
            Column::Type => "ticket",
            Column::Lifecycle => "default",
            _ => return operator == Operator::Is,
        };
        text(operator, Some(is), value)
    }

    fn date(&self, date: Option<&str>, operator: Operator, value: &str) -> bool {
        let zone = self.context.zone;
        let Some(date) = date.and_then(dates::parse_answer) else {
            return operator == Operator::Is;
        };
        let given = dates::parse_query(value, zone);
        match operator {
            Operator::Equal => zone.day_of(given).contains(&date),
            Operator::IsNot => true,
            _ => compare(operator, date.cmp(&given)),
        }
    }

    fn queue(&self, operator: Operator, value: &Given, ticket: &Ticket) -> bool {
        let queue = self.context.data.queue_of(ticket);
        let is = |text: &str| {
            self.context
                .data
                .queue(text)
                .is_some_and(|named| named.id == queue.id)
        };
        match operator {
            Operator::Equal => is(&value.text),
            Operator::NotEqual => !is(&value.text),
            Operator::StartsWith | Operator::EndsWith => false,
            _ => text(operator, Some(&queue.name), value),
        }
    }

    fn user(
        &self,
        column: Column,
        property: Option<&str>,
        operator: Operator,
        value: &Given,
        ticket: &Ticket,
    ) -> bool {
        let name = match column {
            Column::Creator => &ticket.creator,
            Column::LastUpdatedBy => &ticket.updated_by,
            _ => &ticket.owner,
        };
        self.person(name, property, operator, value)
    }

    /// Whether one person, who is never nobody at all, is as said.
    fn person(
        &self,
        name: &str,
        property: Option<&str>,
        operator: Operator,
        value: &Given,
    ) -> bool {
        let data = self.context.data;
        let Some(user) = data.user(name) else {
            return operator == Operator::Is;
        };
        let given = if value.text.eq_ignore_ascii_case("__CurrentUser__") {
            data.user(&self.context.account.name)
        } else {
            data.user(&value.text)
        };
        let same = given.is_some_and(|given| given.id == user.id);
        match (property, operator) {
            (None, Operator::Equal) => same,
            (None, Operator::NotEqual) => !same,
            (Some("EmailAddress"), _) => text(operator, user.email.as_deref(), value),
            (Some("RealName"), _) => text(operator, user.real_name.as_deref(), value),
            (Some("id"), _) => number(operator, user.id as f64, value),
            _ => text(operator, Some(&user.name), value),
        }
    }

    fn watchers(
        &self,
        role: Role,
        property: Option<&str>,
        operator: Operator,
        value: &Given,
        ticket: &Ticket,
    ) -> bool {
        let owner = Some(&ticket.owner).filter(|owner| *owner != NOBODY);
        let people: Vec<&String> = match role {
            Role::Requestor => ticket.requestors.iter().collect(),
            Role::Cc => ticket.cc.iter().collect(),
            Role::AdminCc => Vec::new(),
            Role::Any => ticket
                .requestors
                .iter()
                .chain(&ticket.cc)
                .chain(owner)
                .collect(),
        };
        let by_id = !value.quoted && value.text.parse::<u64>().is_ok();
        let property = property.unwrap_or(if by_id { "id" } else { "EmailAddress" });
        let any = |operator| {
            people
                .iter()
                .any(|name| self.person(name, Some(property), operator, value))
        };
        match operator {
            Operator::Is => people.is_empty(),
            Operator::IsNot => !people.is_empty(),
            _ => affirmed(operator).map_or_else(|| any(operator), |plain| !any(plain)),
        }
    }

    fn custom(&self, name: &str, operator: Operator, value: &Given, ticket: &Ticket) -> bool {
        let Some(field) = self.context.data.custom_field_named(name) else {
            // Unknown by number, every ticket is without a value; unknown by name, RT finds none
            // without one either.
            let by_number = name.parse::<u64>().is_ok();
            return affirmed(operator).is_some() && operator != Operator::IsNot
                || operator == Operator::Is && by_number;
        };
        let none = Vec::new();
        let values = ticket.custom.get(&field.id).unwrap_or(&none);
        if let Some(other) = Self::names_a_field(value) {
            let other = self.context.data.custom_field_named(other);
            let others = other
                .and_then(|other| ticket.custom.get(&other.id))
                .unwrap_or(&none);
            return operator == Operator::Equal && values.iter().any(|is| others.contains(is));
        }
        let any = |operator| {
            values
                .iter()
                .any(|is| self.custom_value(field, is, operator, value))
        };
        match operator {
            Operator::Is => values.is_empty(),
            Operator::IsNot => !values.is_empty(),
            _ => affirmed(operator).map_or_else(|| any(operator), |plain| !any(plain)),
        }
    }

    /// Quoted or not, RT takes a value such as `CF.{Ort}` for the field of that name.
    fn names_a_field(value: &Given) -> Option<&str> {
        let start = value.text.get(..4)?;
        let name = value.text[4..].strip_suffix('}')?;
        start.eq_ignore_ascii_case("CF.{").then_some(name)
    }

    fn custom_value(
        &self,
        field: &CustomField,
        is: &str,
        operator: Operator,
        value: &Given,
    ) -> bool {
        let Context { zone, .. } = *self.context;
        match field.kind.as_str() {
            "Date" if is_order(operator) => {
                let day = |text: &str| zone.day_of(dates::parse_query(text, zone)).start;
                compare(operator, day(is).cmp(&day(&value.text)))
            }
            "DateTime" if is_order(operator) => {
                let given = dates::parse_query(&value.text, zone);
                compare(operator, dates::parse_answer(is).unwrap_or(0).cmp(&given))
            }
            _ => text(operator, Some(is), value),
        }
    }
}

fn mentions_effective_id(node: &Node) -> bool {
    match node {
        Node::Group(_, nodes) => nodes.iter().any(mentions_effective_id),
        Node::Condition(condition) => condition.field == Field::Number(Column::EffectiveId),
    }
}

/// Whether RT's database starts from an index that gives the tickets by id.
fn by_id(node: &Node) -> bool {
    match node {
        Node::Group(Joint::And, nodes) => nodes.iter().any(by_id),
        // Of many ids the database makes a list, of more than these it reads all tickets.
        Node::Group(Joint::Or, nodes) => (1..=12).contains(&nodes.len()) && nodes.iter().all(by_id),
        Node::Condition(Condition {
            field, operator, ..
        }) => match field {
            Field::Custom(_) => affirmed(*operator).is_none() && *operator != Operator::Is,
            Field::User(Column::Owner, _) | Field::Watchers(..) => {
                matches!(operator, Operator::Equal | Operator::IsNot)
            }
            Field::Number(Column::EffectiveId | Column::Id) => *operator == Operator::Equal,
            _ => false,
        },
    }
}

fn number_of(column: Column, ticket: &Ticket) -> f64 {
    match column {
        Column::Id => ticket.id as f64,
        Column::EffectiveId => ticket.effective as f64,
        Column::TimeWorked => ticket.time_worked as f64,
        Column::Priority => ticket.priority as f64,
        _ => 0.0,
    }
}

fn date_of(column: Column, ticket: &Ticket) -> Option<&str> {
    match column {
        Column::Created => Some(&ticket.created),
        Column::LastUpdated => Some(&ticket.updated),
        Column::Starts => ticket.starts.as_deref(),
        Column::Started => ticket.started.as_deref(),
        Column::Due => ticket.due.as_deref(),
        Column::Resolved => ticket.resolved.as_deref(),
        Column::Told => ticket.told.as_deref(),
        _ => None,
    }
}
