//! Types by their structure alone, the way the engine compares them: what a type is called does not
//! matter, what its fields are called and in which order they stand does.

use super::MAX_NAME;
use crate::text::one_line;
use std::fmt::Write as _;

/// How deep, and how many fields of a type, a message spells out.
const SPELLED_DEPTH: usize = 4;
const SPELLED_PARTS: usize = 8;

/// A type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shape {
    /// A primitive, or something that no contract here uses (`stream`), by its name.
    Plain(String),
    List(Box<Shape>),
    Option(Box<Shape>),
    Result(Option<Box<Shape>>, Option<Box<Shape>>),
    Tuple(Vec<Shape>),
    /// A handle to a resource, by the resource's name.
    Own(String),
    Borrow(String),
    Named(Named),
}

/// A type that has names in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) kind: Kind,
    /// For messages.
    pub(super) name: Option<String>,
    /// Fields, cases or flags.
    pub(super) parts: Vec<(String, Option<Shape>)>,
}

/// What kind of type with names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Record,
    Variant,
    Enum,
    Flags,
}

/// A function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Signature {
    pub(super) asynchronous: bool,
    /// The names are for messages: the engine does not compare them.
    pub(super) parameters: Vec<(String, Shape)>,
    pub(super) result: Option<Shape>,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Record => "record",
            Self::Variant => "variant",
            Self::Enum => "enum",
            Self::Flags => "flags",
        }
    }

    fn part(self) -> &'static str {
        match self {
            Self::Record => "field",
            Self::Variant | Self::Enum => "case",
            Self::Flags => "flag",
        }
    }
}

impl Signature {
    /// What is different from `wanted`, a phrase each that follows the function's name. A difference
    /// inside a type with names is told of that type, whatever function it is met through.
    pub(super) fn differences(&self, wanted: &Self) -> Vec<String> {
        let mut out = Vec::new();
        if self.asynchronous != wanted.asynchronous {
            let word = |asynchronous| {
                if asynchronous {
                    "asynchronous"
                } else {
                    "synchronous"
                }
            };
            out.push(format!(
                "is {}, the contract has it {}",
                word(self.asynchronous),
                word(wanted.asynchronous)
            ));
        }
        let mut same = self.parameters.len() == wanted.parameters.len();
        for ((_, found), (_, wanted)) in self.parameters.iter().zip(&wanted.parameters) {
            same &= found.same(wanted, &mut out);
        }
        if !same {
            let (found, wanted) = both(
                |deep| self.spell_parameters(deep),
                |deep| wanted.spell_parameters(deep),
            );
            out.push(format!("takes {found}, the contract has {wanted}"));
        }
        if !same_option(self.result.as_ref(), wanted.result.as_ref(), &mut out) {
            let spell = |result: &Option<Shape>, deep| match result {
                Some(shape) => shape.spell(deep),
                None => "nothing".to_owned(),
            };
            let (found, wanted) = both(
                |deep| spell(&self.result, deep),
                |deep| spell(&wanted.result, deep),
            );
            out.push(format!("answers {found}, the contract has {wanted}"));
        }
        let mut seen = Vec::with_capacity(out.len());
        for phrase in out {
            if !seen.contains(&phrase) {
                seen.push(phrase);
            }
        }
        seen
    }

    fn spell_parameters(&self, deep: bool) -> String {
        let parameters: Vec<String> = self
            .parameters
            .iter()
            .take(SPELLED_PARTS)
            .map(|(name, shape)| format!("{}: {}", one_line(name, MAX_NAME), shape.spell(deep)))
            .collect();
        let more = if self.parameters.len() > SPELLED_PARTS {
            ", …"
        } else {
            ""
        };
        format!("({}{more})", parameters.join(", "))
    }
}

/// Two types spelled out: by their names if that tells them apart, else by what is in them.
fn both(found: impl Fn(bool) -> String, wanted: impl Fn(bool) -> String) -> (String, String) {
    let short = (found(false), wanted(false));
    if short.0 == short.1 {
        (found(true), wanted(true))
    } else {
        short
    }
}

fn same_option(found: Option<&Shape>, wanted: Option<&Shape>, out: &mut Vec<String>) -> bool {
    match (found, wanted) {
        (None, None) => true,
        (Some(found), Some(wanted)) => found.same(wanted, out),
        _ => false,
    }
}

impl Shape {
    /// Whether this is `wanted`. What is different inside a type with names goes to `out`, and the
    /// types count as the same then: the difference has been told where it is.
    fn same(&self, wanted: &Self, out: &mut Vec<String>) -> bool {
        match (self, wanted) {
            (Self::List(found), Self::List(wanted))
            | (Self::Option(found), Self::Option(wanted)) => found.same(wanted, out),
            (Self::Result(ok, err), Self::Result(wanted_ok, wanted_err)) => {
                let ok = same_option(ok.as_deref(), wanted_ok.as_deref(), out);
                same_option(err.as_deref(), wanted_err.as_deref(), out) && ok
            }
            (Self::Tuple(found), Self::Tuple(wanted)) => {
                let mut same = found.len() == wanted.len();
                for (found, wanted) in found.iter().zip(wanted) {
                    same &= found.same(wanted, out);
                }
                same
            }
            (Self::Named(found), Self::Named(wanted)) => found.same(wanted, out),
            (found, wanted) => found == wanted,
        }
    }

    /// The type as WIT writes it; `deep` spells out a type that has a name, once.
    fn spell(&self, deep: bool) -> String {
        let mut out = String::new();
        self.write(&mut out, deep, SPELLED_DEPTH);
        one_line(&out, 3 * MAX_NAME)
    }

    fn write(&self, out: &mut String, deep: bool, depth: usize) {
        let Some(depth) = depth.checked_sub(1) else {
            out.push('…');
            return;
        };
        match self {
            Self::Plain(name) | Self::Own(name) => out.push_str(&one_line(name, MAX_NAME)),
            Self::Borrow(name) => {
                // Writing to a string does not fail.
                let _ = write!(out, "borrow<{}>", one_line(name, MAX_NAME));
            }
            Self::List(of) => write_of(out, "list", [Some(&**of)], deep, depth),
            Self::Option(of) => write_of(out, "option", [Some(&**of)], deep, depth),
            Self::Result(None, None) => out.push_str("result"),
            Self::Result(ok, None) => write_of(out, "result", [ok.as_deref()], deep, depth),
            Self::Result(ok, err) => {
                write_of(out, "result", [ok.as_deref(), err.as_deref()], deep, depth);
            }
            Self::Tuple(of) => write_of(out, "tuple", of.iter().map(Some), deep, depth),
            Self::Named(named) => named.write(out, deep, depth),
        }
    }
}

fn write_of<'a>(
    out: &mut String,
    word: &str,
    of: impl IntoIterator<Item = Option<&'a Shape>>,
    deep: bool,
    depth: usize,
) {
    out.push_str(word);
    out.push('<');
    for (index, shape) in of.into_iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        if index == SPELLED_PARTS {
            out.push('…');
            break;
        }
        match shape {
            Some(shape) => shape.write(out, deep, depth),
            None => out.push('_'),
        }
    }
    out.push('>');
}

impl Named {
    fn same(&self, wanted: &Self, out: &mut Vec<String>) -> bool {
        if self.kind != wanted.kind {
            return false;
        }
        let find = |named: &Self, name: &str| named.parts.iter().position(|(n, _)| n == name);
        let missing: Vec<&str> = names(wanted)
            .filter(|name| find(self, name).is_none())
            .collect();
        if missing.len() == wanted.parts.len() && !missing.is_empty() {
            // Another type altogether.
            return false;
        }
        let what = match &wanted.name {
            Some(name) => format!("{} {name}", self.kind.word()),
            None => self.kind.word().to_owned(),
        };
        let part = self.kind.part();
        for name in &missing {
            out.push(format!("{what} lacks the {part} {name}"));
        }
        let extra: Vec<&str> = names(self)
            .filter(|name| find(wanted, name).is_none())
            .collect();
        for name in extra.iter().take(SPELLED_PARTS) {
            let name = one_line(name, MAX_NAME);
            out.push(format!(
                "{what} has the {part} {name}, which the contract does not have"
            ));
        }
        if missing.is_empty() && extra.is_empty() && !names(self).eq(names(wanted)) {
            let order: Vec<&str> = names(wanted).collect();
            out.push(format!(
                "{what} has its {part}s in another order than the contract ({})",
                order.join(", ")
            ));
        }
        for (name, found) in &self.parts {
            let Some((_, shape)) = wanted.parts.iter().find(|(n, _)| n == name) else {
                continue;
            };
            if !same_option(found.as_ref(), shape.as_ref(), out) {
                let spell = |shape: &Option<Shape>, deep| match shape {
                    Some(shape) => shape.spell(deep),
                    None => "without a value".to_owned(),
                };
                let (found, wanted) = both(|deep| spell(found, deep), |deep| spell(shape, deep));
                out.push(format!(
                    "{what}: the {part} {name} is {found}, the contract has {wanted}"
                ));
            }
        }
        true
    }

    fn write(&self, out: &mut String, deep: bool, depth: usize) {
        if let (Some(name), false) = (&self.name, deep) {
            out.push_str(&one_line(name, MAX_NAME));
            return;
        }
        out.push_str(self.kind.word());
        out.push_str(" { ");
        for (index, (name, shape)) in self.parts.iter().enumerate() {
            if index > 0 {
                out.push_str(", ");
            }
            if index == SPELLED_PARTS {
                out.push('…');
                break;
            }
            out.push_str(&one_line(name, MAX_NAME));
            match (self.kind, shape) {
                (Kind::Record, Some(shape)) => {
                    out.push_str(": ");
                    shape.write(out, false, depth);
                }
                (_, Some(shape)) => {
                    out.push('(');
                    shape.write(out, false, depth);
                    out.push(')');
                }
                (_, None) => {}
            }
        }
        out.push_str(" }");
    }
}

fn names(named: &Named) -> impl Iterator<Item = &str> {
    named.parts.iter().map(|(name, _)| name.as_str())
}
