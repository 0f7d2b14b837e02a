//! Running a query over the data.

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap};

use super::Error;
use super::check::{check, owner};
use super::parse::{Expr, Field, Query, Select};
use crate::itop::data::{Data, Row};
use crate::itop::model::{Class, Kind};
use crate::itop::{dates, text};

#[derive(Debug, Clone)]
enum Value {
    Null,
    Text(String),
    Number(f64),
    Date(String),
}

impl Value {
    fn number(&self) -> f64 {
        match self {
            Value::Null => 0.0,
            Value::Number(number) => *number,
            Value::Text(value) | Value::Date(value) => text::number(value),
        }
    }

    fn text(&self) -> String {
        match self {
            Value::Null => String::new(),
            Value::Number(number) => number.to_string(),
            Value::Text(value) | Value::Date(value) => value.clone(),
        }
    }
}

/// How two values compare; nothing compares with what is not there.
fn compare(one: &Value, other: &Value) -> Option<Ordering> {
    let date = |value: &Value| dates::literal(&value.text());
    match (one, other) {
        (Value::Null, _) | (_, Value::Null) => None,
        (Value::Number(_), _) | (_, Value::Number(_)) => one.number().partial_cmp(&other.number()),
        (Value::Date(_), _) | (_, Value::Date(_)) => Some(date(one).cmp(&date(other))),
        (Value::Text(one), Value::Text(other)) => Some(text::compare(one, other)),
    }
}

/// What a query found: the class that it asked for, and the objects in iTop's order.
#[derive(Debug)]
pub(in super::super) struct Found<'a> {
    pub(in super::super) class: String,
    pub(in super::super) rows: Vec<&'a Row>,
}

impl Query {
    /// Runs the query; `text` is what it was read from.
    pub(in super::super) fn run<'a>(&self, data: &'a Data, text: &str) -> Result<Found<'a>, Error> {
        check(data, self, text)?;
        let (mut class, mut ids) = (None::<String>, BTreeSet::new());
        for select in &self.selects {
            let run = Run { data, select };
            let (wanted, found) = run.run();
            ids.extend(found);
            class = match class {
                None => Some(wanted),
                Some(class) => data.model.common(&class, &wanted),
            };
        }
        let class = class.unwrap_or_default();
        let rows = ids
            .into_iter()
            .filter_map(|id| data.row(&class, id))
            .collect();
        Ok(Found {
            rows: ordered(data, &class, rows),
            class,
        })
    }
}

/// The order of results: by friendly name, in some classes the newest first.
pub(in super::super) fn ordered<'a>(
    data: &'a Data,
    class: &str,
    mut rows: Vec<&'a Row>,
) -> Vec<&'a Row> {
    let mut named: Vec<(String, &Row)> = rows
        .drain(..)
        .map(|row| (data.friendly_name(row), row))
        .collect();
    named.sort_by(|(one, _), (other, _)| text::compare(one, other));
    if data.class(class).newest_first {
        named.reverse();
    }
    named.into_iter().map(|(_, row)| row).collect()
}

struct Run<'a> {
    data: &'a Data,
    select: &'a Select,
}

impl<'a> Run<'a> {
    /// The class that is asked for, and the ids of its objects.
    fn run(&self) -> (String, BTreeSet<u64>) {
        let sources = &self.select.classes;
        let mut bindings: Vec<Vec<&'a Row>> = self
            .data
            .rows(&sources[0].class.raw)
            .map(|row| vec![row])
            .collect();
        for (index, source) in sources.iter().enumerate().skip(1) {
            let (one, other) = source.on.as_ref().expect("a joined class has a condition");
            let is_new = |field: &Field| {
                owner(self.data, self.select, field).is_some_and(|(owner, _)| owner == index)
            };
            let (new, old) = if is_new(one) {
                (one, other)
            } else {
                (other, one)
            };
            let mut by_key: HashMap<String, Vec<&Row>> = HashMap::new();
            for row in self.data.rows(&source.class.raw) {
                by_key
                    .entry(self.data.get(row, &new.name.raw))
                    .or_default()
                    .push(row);
            }
            bindings = bindings
                .into_iter()
                .flat_map(|binding| {
                    let key = self.value(old, &binding).text();
                    let rows = by_key.get(&key).cloned().unwrap_or_default();
                    rows.into_iter()
                        .map(move |row| [binding.as_slice(), &[row]].concat())
                })
                .collect();
        }
        let wanted = sources
            .iter()
            .position(|source| source.alias == self.select.wanted);
        let wanted = wanted.unwrap_or(0);
        let holds = |binding: &Vec<&Row>| match &self.select.condition {
            Some(condition) => self.evaluate(condition, binding).number() != 0.0,
            None => true,
        };
        let ids = bindings
            .iter()
            .filter(|binding| holds(binding))
            .map(|binding| binding[wanted].id);
        (sources[wanted].class.raw.clone(), ids.collect())
    }

    fn value(&self, field: &Field, binding: &[&Row]) -> Value {
        let Some((index, class)) = owner(self.data, self.select, field) else {
            return Value::Null;
        };
        let code = &field.name.raw;
        let value = self.data.get(binding[index], code);
        let kind = class.attribute(code).map(|attribute| &attribute.kind);
        match self.behind(class, kind) {
            Some(Kind::Date) if value.is_empty() => Value::Null,
            Some(Kind::Date) => Value::Date(value),
            Some(Kind::Id | Kind::Key(_) | Kind::Number | Kind::Seconds) => {
                Value::Number(text::number(&value))
            }
            _ => Value::Text(value),
        }
    }

    /// The kind of an attribute, or of what it shows of another object.
    fn behind(&self, class: &Class, kind: Option<&'a Kind>) -> Option<&'a Kind> {
        let Some(Kind::Via(key, code)) = kind else {
            return kind;
        };
        match &class.attribute(key)?.kind {
            Kind::Key(target) => Some(&self.data.class(target).attribute(code)?.kind),
            _ => kind,
        }
    }

    fn evaluate(&self, expr: &Expr, binding: &[&Row]) -> Value {
        let truth = |holds: bool| Value::Number(f64::from(u8::from(holds)));
        match expr {
            Expr::Text(text) => Value::Text(text.clone()),
            Expr::Number(number) => Value::Number(*number),
            Expr::Param(_) | Expr::Interval(..) => Value::Null,
            Expr::Field(field) => self.value(field, binding),
            Expr::Call(name, list) => self.call(name, list, binding),
            Expr::Binary(sign, one, other) => {
                let (one, other) = (self.evaluate(one, binding), self.evaluate(other, binding));
                let order = compare(&one, &other);
                match sign.as_str() {
                    "AND" => truth(one.number() != 0.0 && other.number() != 0.0),
                    "OR" => truth(one.number() != 0.0 || other.number() != 0.0),
                    "+" => Value::Number(one.number() + other.number()),
                    "-" => Value::Number(one.number() - other.number()),
                    "LIKE" => truth(text::like(&one.text(), &other.text())),
                    "NOT LIKE" => truth(!text::like(&one.text(), &other.text())),
                    "=" => truth(order == Some(Ordering::Equal)),
                    "!=" => truth(order.is_some_and(|order| order != Ordering::Equal)),
                    "<" => truth(order == Some(Ordering::Less)),
                    ">" => truth(order == Some(Ordering::Greater)),
                    "<=" => truth(order.is_some_and(|order| order != Ordering::Greater)),
                    _ => truth(order.is_some_and(|order| order != Ordering::Less)),
                }
            }
            Expr::In(of, list, not) => {
                let of = self.evaluate(of, binding);
                let equal = |expr: &Expr| {
                    compare(&of, &self.evaluate(expr, binding)) == Some(Ordering::Equal)
                };
                truth(list.iter().any(equal) != *not)
            }
            Expr::InQuery(of, query, not) => {
                let of = self.evaluate(of, binding).text();
                let mut ids = query.selects.iter().map(|select| {
                    let inner = Run {
                        data: self.data,
                        select,
                    };
                    inner.run().1
                });
                truth(ids.any(|ids| ids.iter().any(|id| id.to_string() == of)) != *not)
            }
        }
    }

    fn call(&self, name: &str, list: &[Expr], binding: &[&Row]) -> Value {
        let argument = |index: usize| list.get(index).map(|expr| self.evaluate(expr, binding));
        match name {
            // The database's clock runs in UTC, whatever zone iTop writes its dates in.
            "NOW" => Value::Date(dates::local(self.data.time(), &jiff::tz::TimeZone::UTC)),
            "DATE_SUB" | "DATE_ADD" => {
                let (Some(date), Some(Expr::Interval(count, unit))) = (argument(0), list.get(1))
                else {
                    return Value::Null;
                };
                #[expect(clippy::cast_possible_truncation, reason = "a count of hours or days")]
                let count = self.evaluate(count, binding).number() as i64;
                let count = if name == "DATE_SUB" { -count } else { count };
                Value::Date(dates::added(&dates::literal(&date.text()), count, unit))
            }
            "ISNULL" => Value::Number(f64::from(u8::from(matches!(
                argument(0),
                Some(Value::Null) | None
            )))),
            "CONCAT" => {
                let texts = list.iter().map(|expr| self.evaluate(expr, binding).text());
                Value::Text(texts.collect())
            }
            _ => Value::Null,
        }
    }
}
