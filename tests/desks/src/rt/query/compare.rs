//! Comparing values as RT's database does (SQLite; others differ in the case of letters).

use std::cmp::Ordering;

use super::{Given, Operator};

/// The comparison that a negated one denies; none when it is not negated.
pub(super) fn affirmed(operator: Operator) -> Option<Operator> {
    Some(match operator {
        Operator::NotEqual => Operator::Equal,
        Operator::NotLike => Operator::Like,
        Operator::NotStartsWith => Operator::StartsWith,
        Operator::NotEndsWith => Operator::EndsWith,
        _ => return None,
    })
}

pub(super) fn is_order(operator: Operator) -> bool {
    matches!(
        operator,
        Operator::Equal
            | Operator::Less
            | Operator::LessOrEqual
            | Operator::Greater
            | Operator::GreaterOrEqual
    )
}

pub(super) fn compare(operator: Operator, ordering: Ordering) -> bool {
    match operator {
        Operator::Equal => ordering.is_eq(),
        Operator::Less => ordering.is_lt(),
        Operator::LessOrEqual => ordering.is_le(),
        Operator::Greater => ordering.is_gt(),
        Operator::GreaterOrEqual => ordering.is_ge(),
        _ => false,
    }
}

/// Compares as SQLite does: without regard to the case of ASCII letters, of no others.
pub(super) fn text(operator: Operator, is: Option<&str>, value: &Given) -> bool {
    let Some(is) = is else {
        return operator == Operator::Is;
    };
    if let Some(plain) = affirmed(operator) {
        return !text(plain, Some(is), value);
    }
    if !value.quoted && value.text.eq_ignore_ascii_case("NULL") {
        return operator == Operator::IsNot;
    }
    let (is, given) = (is.to_ascii_lowercase(), value.text.to_ascii_lowercase());
    match operator {
        Operator::Is => false,
        Operator::IsNot => true,
        Operator::Like => like(&is, &format!("%{given}%")),
        Operator::StartsWith => like(&is, &format!("{given}%")),
        Operator::EndsWith => like(&is, &format!("%{given}")),
        _ => compare(operator, is.cmp(&given)),
    }
}

/// `%` stands for anything, `_` for one character, and nothing takes their meaning away.
fn like(text: &str, pattern: &str) -> bool {
    let (text, pattern): (Vec<char>, Vec<char>) =
        (text.chars().collect(), pattern.chars().collect());
    let (mut t, mut p, mut star) = (0, 0, None);
    while t < text.len() {
        match pattern.get(p) {
            Some('%') => {
                star = Some((t, p));
                p += 1;
            }
            Some(&c) if c == '_' || c == text[t] => {
                t += 1;
                p += 1;
            }
            _ => {
                let Some((from, at)) = star else { return false };
                star = Some((from + 1, at));
                t = from + 1;
                p = at + 1;
            }
        }
    }
    pattern[p..].iter().all(|&c| c == '%')
}

pub(super) fn status(operator: Operator, value: &Given, is: &str, active: bool) -> bool {
    let group = match value.text.to_ascii_lowercase().as_str() {
        "__active__" => Some(active),
        "__inactive__" => Some(!active),
        _ => None,
    };
    match (group, operator) {
        (Some(inside), Operator::Equal) => inside,
        (Some(inside), Operator::NotEqual) => !inside,
        _ => text(operator, Some(is), value),
    }
}

/// Any number is less than any text that is none.
pub(super) fn number(operator: Operator, is: f64, value: &Given) -> bool {
    match operator {
        Operator::Is => false,
        Operator::IsNot => true,
        Operator::NotEqual => !number(Operator::Equal, is, value),
        _ if is_order(operator) => {
            let ordering = match value.text.parse::<f64>() {
                Ok(given) => is.total_cmp(&given),
                Err(_) if !value.quoted => return false,
                Err(_) => Ordering::Less,
            };
            compare(operator, ordering)
        }
        _ => text(operator, Some(&is.to_string()), value),
    }
}
