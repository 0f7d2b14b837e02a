//! Whether the names in a query exist, and iTop's complaints about those that do not.

use super::Error;
use super::parse::{Expr, Field, Query, Select};
use super::token::Token;
use crate::itop::data::Data;
use crate::itop::model::{Class, Kind};

/// The functions that can be run; iTop has many more.
const FUNCTIONS: [&str; 5] = ["NOW", "DATE_SUB", "DATE_ADD", "ISNULL", "CONCAT"];

pub(super) fn check(data: &Data, query: &Query, text: &str) -> Result<(), Error> {
    for select in &query.selects {
        for source in &select.classes {
            if data.model.class(&source.class.raw).is_none() {
                return Err(unknown_class(data, &source.class, text));
            }
        }
        for (one, other) in select
            .classes
            .iter()
            .filter_map(|source| source.on.as_ref())
        {
            field(data, select, one, text)?;
            field(data, select, other, text)?;
            joins(data, select, one, other, text)?;
        }
        if let Some(condition) = &select.condition {
            expression(data, select, condition, text)?;
        }
    }
    // Parameters are looked for when the query runs, after all names are known.
    let conditions = query
        .selects
        .iter()
        .filter_map(|select| select.condition.as_ref());
    conditions
        .flat_map(parameters)
        .next()
        .map_or(Ok(()), |name| Err(Error::Argument(name)))
}

fn expression(data: &Data, select: &Select, expr: &Expr, text: &str) -> Result<(), Error> {
    match expr {
        Expr::Text(_) | Expr::Number(_) | Expr::Param(_) => Ok(()),
        Expr::Field(name) => field(data, select, name, text),
        Expr::Call(name, _) if !FUNCTIONS.contains(&name.as_str()) => {
            Err(Error::NotModelled(name.clone()))
        }
        Expr::Call(_, list) => list
            .iter()
            .try_for_each(|expr| expression(data, select, expr, text)),
        Expr::Interval(count, _) => expression(data, select, count, text),
        Expr::Binary(_, one, other) => {
            expression(data, select, one, text)?;
            expression(data, select, other, text)
        }
        Expr::In(of, list, _) => {
            expression(data, select, of, text)?;
            list.iter()
                .try_for_each(|expr| expression(data, select, expr, text))
        }
        Expr::InQuery(of, query, _) => {
            expression(data, select, of, text)?;
            check(data, query, text)
        }
    }
}

fn parameters(expr: &Expr) -> Vec<String> {
    match expr {
        Expr::Param(name) => vec![name.clone()],
        Expr::Call(_, list) => list.iter().flat_map(parameters).collect(),
        Expr::Binary(_, one, other) => [parameters(one), parameters(other)].concat(),
        Expr::In(of, list, _) => {
            let list = list.iter().flat_map(parameters);
            parameters(of).into_iter().chain(list).collect()
        }
        _ => Vec::new(),
    }
}

/// The class that a field of a query belongs to: its alias says it, or it is the first that has it.
pub(super) fn owner<'a>(
    data: &'a Data,
    select: &'a Select,
    field: &Field,
) -> Option<(usize, &'a Class)> {
    let classes = select.classes.iter().enumerate();
    let mut classes = classes.filter_map(|(index, source)| {
        let class = data.model.class(&source.class.raw)?;
        let named = field
            .alias
            .as_ref()
            .is_none_or(|alias| alias.raw == source.alias);
        named.then_some((index, class))
    });
    match &field.alias {
        Some(_) => classes.next(),
        None => classes.find(|(_, class)| class.can_filter(&field.name.raw)),
    }
}

fn field(data: &Data, select: &Select, field: &Field, text: &str) -> Result<(), Error> {
    let class = match owner(data, select, field) {
        Some((_, class)) if class.can_filter(&field.name.raw) => return Ok(()),
        Some((_, class)) => class,
        None => match &field.alias {
            Some(alias) => {
                let aliases = select.classes.iter().map(|source| source.alias.as_str());
                let aliases = aliases.collect::<Vec<_>>().join(", ");
                let what = "Unknown class [alias]";
                return Err(unknown(
                    what,
                    alias,
                    text,
                    &aliases,
                    &select.classes[0].alias,
                ));
            }
            None => data.class(&select.classes[0].class.raw),
        },
    };
    // Measured: for attributes iTop suggests nothing.
    let filters = class.filters().join(", ");
    Err(unknown(
        "Unknown filter code",
        &field.name,
        text,
        &filters,
        "",
    ))
}

/// A key can be joined with classes above or below the one that it points to, and no other.
fn joins(data: &Data, select: &Select, key: &Field, id: &Field, text: &str) -> Result<(), Error> {
    let (Some((_, from)), Some((_, to))) = (owner(data, select, key), owner(data, select, id))
    else {
        return Ok(());
    };
    let Some(Kind::Key(target)) = from.attribute(&key.name.raw).map(|found| &found.kind) else {
        return Ok(());
    };
    if data.model.is_a(&to.name, target) || data.model.is_a(target, &to.name) {
        return Ok(());
    }
    let message = format!(
        "The joined class ({}) is not compatible with the external key, which is pointing to {target}",
        to.name
    );
    let message = complaint(&message, &key.name, text, "", "");
    Err(Error::query("OqlNormalizeException", message))
}

fn unknown_class(data: &Data, class: &Token, text: &str) -> Error {
    let names = &data.model.names;
    let nearest = names
        .iter()
        .min_by_key(|name| strsim::levenshtein(name, &class.raw));
    let message = complaint(
        "Unknown class",
        class,
        text,
        &names.join(", "),
        nearest.map_or("", |name| name),
    );
    Error::query("UnknownClassOqlException", message)
}

fn unknown(what: &str, token: &Token, text: &str, expecting: &str, nearest: &str) -> Error {
    Error::query(
        "OqlNormalizeException",
        complaint(what, token, text, expecting, nearest),
    )
}

fn complaint(what: &str, token: &Token, text: &str, expecting: &str, nearest: &str) -> String {
    format!(
        "{what} - found '{}' at {} in '{text}', expecting {{{expecting}}}, I would suggest to use '{nearest}'",
        token.raw, token.at
    )
}
