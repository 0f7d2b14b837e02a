//! The search for the tickets of an object.

use crate::filter_condition;
use crate::knowledge::{Knowledge, tenant};
use crate::manifest::key;
use crate::ticket::{self, List};
use sgi_guest::object::{MAX_DIGITS, is_number};
use sgi_guest::tickets::{Filter, Page, Query};
use sgi_guest::types::{Error, Instant, StatusClass, Ticket};
use sgi_guest::{Settings, fail, text};

/// RT caps `per_page` at this without a word.
const PAGE: u32 = 100;

/// The id of a CMDB object as RT can hold and search it: a decimal number without leading zeros.
#[derive(Clone, Copy)]
pub(crate) struct ObjectId<'a>(&'a str);

impl<'a> ObjectId<'a> {
    pub(crate) fn parse(id: &'a str) -> Result<Self, Error> {
        if is_number(id) {
            return Ok(Self(id));
        }
        Err(fail::invalid_input(format!(
            "RT references CMDB objects by their number, and {} is not one: digits only, at most \
             {MAX_DIGITS}, without leading zeros",
            text::quote(id)
        )))
    }

    pub(crate) fn as_str(self) -> &'a str {
        self.0
    }
}

/// A value inside single quotes in TicketSQL. Escaping only the quote can be broken out of, and
/// SQL's doubled quote is a syntax error.
pub(crate) fn literal(value: &str) -> String {
    let mut out = String::with_capacity(value.len() + 2);
    out.push('\'');
    for c in value.chars() {
        if c == '\\' || c == '\'' {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('\'');
    out
}

/// `CF.{2} = 'x'`, or several of them in brackets. Fields are named by id: a name may hold braces.
fn any_field(fields: &[u64], value: &str) -> String {
    let value = literal(value);
    let conditions: Vec<String> = fields
        .iter()
        .map(|id| format!("CF.{{{id}}} = {value}"))
        .collect();
    match conditions.as_slice() {
        [one] => one.clone(),
        _ => format!("({})", conditions.join(" OR ")),
    }
}

/// The TicketSQL for an object, or the setting that keeps it from being asked.
fn condition(
    settings: &Settings,
    knowledge: &Knowledge,
    object: ObjectId<'_>,
) -> Result<String, Error> {
    let fields = knowledge.fields(settings).objects.ids();
    if fields.is_empty() {
        return Err(fail::stale_knowledge(
            "no custom field for objects is known",
        ));
    }
    let mut sql = any_field(&fields, object.as_str());
    if let Some(tenant) = tenant(settings) {
        let fields = knowledge.fields(settings).tenant.ids();
        if fields.is_empty() {
            return Err(fail::stale_knowledge(
                "no custom field for the tenant is known",
            ));
        }
        sql.push_str(" AND ");
        sql.push_str(&any_field(&fields, tenant));
    }
    Ok(sql)
}

/// One page. Pages are cut by ticket id, not by RT's page number: a ticket that loses its reference
/// while the pages are read would otherwise push another one out of sight.
pub(crate) fn page(
    settings: &Settings,
    knowledge: &Knowledge,
    object: ObjectId<'_>,
    query: &Query,
    now: Instant,
) -> Result<Page, Error> {
    let condition = condition(settings, knowledge, object)?;
    let after = match &query.next {
        None => String::new(),
        Some(next) => {
            let id: u64 = next
                .parse()
                .map_err(|_| fail::invalid_input("this is not a page that RT's connector named"))?;
            format!(" AND id > {id}")
        }
    };
    let sql = format!("{condition}{}{after}", filter_condition(query.filter));
    let size = query.limit.clamp(1, PAGE);
    let answer = ticket::search(settings, &sql, size)?;
    let list: List<'_> = answer.json()?;
    let total = list.total()?;
    let read = list.items.len();
    if read == 0 && total > 0 {
        // Taken for the end, it would pass for a complete list.
        return Err(fail::protocol(format!(
            "RT says that it found {total} tickets and brings none of them (option {:?})",
            key::OBJECTS_FIELD
        )));
    }
    let last = list.items.iter().map(|item| item.id.0).max();
    let mut tickets = Vec::with_capacity(read);
    let fields = knowledge.fields(settings);
    let evidence = list.items.iter().filter_map(|item| item.evidence(&fields));
    knowledge.bears(evidence.max(), now)?;
    let objects_fields = fields.objects.ids();
    for item in list.items {
        // The search compares whole values; a desk that ignored the condition would bring
        // everybody's tickets.
        if item.denies(&objects_fields, object.as_str()) {
            return Err(fail::protocol(format!(
                "RT brought ticket {}, which does not reference object {}, in the answer to a search \
                 for it (option {:?})",
                item.id.0,
                object.as_str(),
                key::OBJECTS_FIELD
            )));
        }
        let mut ticket = item.into_ticket(settings, &fields)?;
        if !ticket.objects.iter().any(|id| id == object.as_str()) {
            ticket.objects.push(object.as_str().to_owned());
        }
        tickets.push(ticket);
    }
    classify_unknown(settings, &sql, size, query.filter, &mut tickets)?;
    let more = u64::from(total) > read as u64;
    Ok(Page {
        tickets,
        next: last.filter(|_| more).map(|id| id.to_string()),
        total: query.next.is_none().then_some(total),
    })
}

/// Statuses of an RT's own lifecycles are known to RT alone; it tells which of them are active.
fn classify_unknown(
    settings: &Settings,
    sql: &str,
    size: u32,
    filter: Filter,
    tickets: &mut [Ticket],
) -> Result<(), Error> {
    let unknown = |ticket: &Ticket| ticket.status_class == StatusClass::Unknown;
    if !tickets.iter().any(unknown) {
        return Ok(());
    }
    let active = match filter {
        Filter::Open => None,
        Filter::Closed => Some(Vec::new()),
        Filter::All => {
            let active = format!("{sql}{}", filter_condition(Filter::Open));
            Some(ticket::search_ids(settings, &active, size)?)
        }
    };
    for ticket in tickets.iter_mut().filter(|ticket| unknown(ticket)) {
        let open = active.as_ref().is_none_or(|ids| ids.contains(&ticket.id));
        ticket.status_class = if open {
            StatusClass::Open
        } else {
            StatusClass::Closed
        };
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_id_is_a_plain_decimal_number() {
        for id in ["1", "42", "12345678901234567890"] {
            assert!(ObjectId::parse(id).is_ok(), "{id:?}");
        }
        for id in [
            "",
            "0",
            "042",
            "-1",
            "1 ",
            "4' OR id > '0",
            "٤٢",
            "123456789012345678901",
            "1e3",
        ] {
            let error = ObjectId::parse(id).err();
            assert!(matches!(error, Some(Error::InvalidInput(_))), "{id:?}");
        }
    }

    #[test]
    fn a_value_cannot_leave_its_quotes() {
        assert_eq!(literal(r"x' OR id > '0"), r"'x\' OR id > \'0'");
        assert_eq!(literal(r"x\' OR 1=1"), r"'x\\\' OR 1=1'");
        assert_eq!(literal("\\"), r"'\\'");
    }

    #[test]
    fn several_fields_are_bracketed() {
        assert_eq!(any_field(&[2], "42"), "CF.{2} = '42'");
        assert_eq!(any_field(&[2, 9], "42"), "(CF.{2} = '42' OR CF.{9} = '42')");
    }
}
