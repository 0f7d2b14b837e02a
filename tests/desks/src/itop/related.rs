//! `core/get_related`: which CIs a CI impacts, or which impact it.

use serde_json::Value;

use super::data::Data;
use super::fields::brief;
use super::json::Json;
use super::read::find;
use super::rest::{Answer, class, mandatory, permit};
use super::rights::{Action, User};

pub(super) fn get(data: &Data, user: &User, params: &Value) -> Answer {
    let class = class(data, params)?;
    let key = mandatory(params, "key")?;
    let relation = mandatory(params, "relation")?;
    permit(data, user, Action::Reading, &class)?;
    let depth = params.get("depth").and_then(Value::as_u64).unwrap_or(20);
    let (_, rows) = find(data, &class, key)?;
    let mut walk = Walk {
        // A relation that does not exist relates nothing; it is no error.
        edges: if relation == "impacts" {
            &data.impacts
        } else {
            &[]
        },
        up: params.get("direction").and_then(Value::as_str) == Some("up"),
        objects: Vec::new(),
        relations: Vec::new(),
    };
    for row in &rows {
        walk.visit(&format!("{}::{}", row.class, row.id), depth);
    }
    let mut counts: Vec<(&str, usize)> = Vec::new();
    let mut objects = Vec::new();
    for name in &walk.objects {
        let (class, id) = name.split_once("::").expect("a class and an id");
        match counts.iter_mut().find(|(counted, _)| *counted == class) {
            Some((_, count)) => *count += 1,
            None => counts.push((class, 1)),
        }
        objects.extend(
            data.row(class, id.parse().expect("an id"))
                .map(|row| brief(data, row)),
        );
    }
    let counts: Vec<String> = counts
        .iter()
        .map(|(class, count)| format!("{class}= {count}"))
        .collect();
    let message = format!(
        "Scope: {}; Related objects: {}",
        rows.len(),
        counts.join(", ")
    );
    let relation = |(from, to): (String, String)| {
        (from, Json::List(vec![Json::map([("key", Json::text(to))])]))
    };
    let relations: Vec<_> = walk.relations.into_iter().map(relation).collect();
    Ok(Json::map([
        ("code", Json::Number(0)),
        ("message", Json::text(message)),
        ("objects", Json::Map(objects)),
        (
            "relations",
            if relations.is_empty() {
                Json::List(Vec::new())
            } else {
                Json::Map(relations)
            },
        ),
    ]))
}

struct Walk<'a> {
    edges: &'a [(String, String)],
    up: bool,
    objects: Vec<String>,
    relations: Vec<(String, String)>,
}

impl Walk<'_> {
    fn visit(&mut self, name: &str, depth: u64) {
        if self.objects.iter().any(|seen| seen == name) {
            return;
        }
        self.objects.push(name.to_owned());
        if depth == 0 {
            return;
        }
        for edge in self.edges {
            let (from, to) = if self.up {
                (&edge.1, &edge.0)
            } else {
                (&edge.0, &edge.1)
            };
            if from == name {
                self.relations.push(edge.clone());
                self.visit(to, depth - 1);
            }
        }
    }
}
