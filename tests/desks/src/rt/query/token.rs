//! The words of a query.
//!
//! RT does not split a query and then read it: it looks for what may come next, and skips a
//! character where it finds nothing it knows. So each kind of word is matched on its own here.

use super::{Joint, Operator};

/// What may come next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    OpenParen,
    Keyword,
    Operator,
    Value,
    Aggregator,
    CloseParen,
}

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::OpenParen => "OPEN_PAREN",
            Kind::Keyword => "KEYWORD",
            Kind::Operator => "OPERATOR",
            Kind::Value => "VALUE",
            Kind::Aggregator => "AGGREGATOR",
            Kind::CloseParen => "CLOSE_PAREN",
        }
    }
}

/// Longest first, so that `IS NOT` is not taken for `IS`.
const OPERATORS: &[(&str, Operator)] = &[
    ("NOT LIKE", Operator::NotLike),
    ("NOT STARTSWITH", Operator::NotStartsWith),
    ("NOT ENDSWITH", Operator::NotEndsWith),
    ("STARTSWITH", Operator::StartsWith),
    ("ENDSWITH", Operator::EndsWith),
    ("LIKE", Operator::Like),
    ("IS NOT", Operator::IsNot),
    ("IS", Operator::Is),
    ("!=", Operator::NotEqual),
    (">=", Operator::GreaterOrEqual),
    ("<=", Operator::LessOrEqual),
    ("=", Operator::Equal),
    (">", Operator::Greater),
    ("<", Operator::Less),
];

/// The length of the word of this kind that `rest` starts with, if it does.
pub(super) fn length(kind: Kind, rest: &str) -> Option<usize> {
    match kind {
        Kind::OpenParen => rest.starts_with('(').then_some(1),
        Kind::CloseParen => rest.starts_with(')').then_some(1),
        Kind::Operator => operator(rest).map(|(_, length)| length),
        Kind::Aggregator => joint(rest).map(|(_, length)| length),
        Kind::Keyword => delimited(rest).or_else(|| word(rest)),
        Kind::Value => delimited(rest).or_else(|| {
            let sign = usize::from(rest.starts_with(['+', '-']));
            word(&rest[sign..]).map(|length| sign + length)
        }),
    }
}

pub(super) fn operator(rest: &str) -> Option<(Operator, usize)> {
    OPERATORS
        .iter()
        .find_map(|(text, operator)| Some((*operator, phrase(rest, text)?)))
}

/// There is no word boundary behind it: `id=1 ANDid=2` is two conditions.
pub(super) fn joint(rest: &str) -> Option<(Joint, usize)> {
    let starts = |text: &str| {
        rest.get(..text.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(text))
    };
    if starts("AND") {
        Some((Joint::And, 3))
    } else if starts("OR") {
        Some((Joint::Or, 2))
    } else {
        None
    }
}

/// The length of a phrase in any case and with any blanks between its words.
fn phrase(rest: &str, text: &str) -> Option<usize> {
    let mut at = 0;
    for (index, part) in text.split(' ').enumerate() {
        if index > 0 {
            let blanks = rest[at..].len() - rest[at..].trim_start().len();
            if blanks == 0 {
                return None;
            }
            at += blanks;
        }
        if !rest[at..].get(..part.len())?.eq_ignore_ascii_case(part) {
            return None;
        }
        at += part.len();
    }
    Some(at)
}

/// The length of a text in quotes; none when the closing quote is missing.
fn delimited(rest: &str) -> Option<usize> {
    let quote = rest.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// The length of a bare word: letters, digits, `_`, `.` and braces, and after `CF.{` anything up
/// to the closing brace.
fn word(rest: &str) -> Option<usize> {
    let prefix = custom_field_prefix(rest).filter(|&length| rest[length..].starts_with('{'));
    let braces = prefix
        .and_then(|length| Some(length + rest[length..].find('}')? + 1))
        .unwrap_or(0);
    let tail =
        rest[braces..].find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.' | '{' | '}')));
    let length = braces + tail.unwrap_or(rest.len() - braces);
    (length > 0).then_some(length)
}

/// The length of `CF.` or one of its long forms.
pub(super) fn custom_field_prefix(text: &str) -> Option<usize> {
    ["CustomFieldValue.", "CustomField.", "CF."]
        .iter()
        .map(|prefix| prefix.len())
        .find(|&length| {
            let start = text.get(..length);
            start.is_some_and(|start| {
                ["CustomFieldValue.", "CustomField.", "CF."]
                    .iter()
                    .any(|prefix| start.eq_ignore_ascii_case(prefix))
            })
        })
}

/// What a word says: without its quotes and escapes. The second is whether it had quotes.
pub(super) fn content(word: &str) -> (String, bool) {
    let Some(quote) = word.chars().next().filter(|c| matches!(c, '\'' | '"')) else {
        return (word.to_owned(), false);
    };
    let inner = word
        .strip_prefix(quote)
        .and_then(|rest| rest.strip_suffix(quote))
        .unwrap_or_default();
    let mut out = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        out.extend(if c == '\\' { chars.next() } else { Some(c) });
    }
    (out, true)
}
