//! TicketSQL, RT's query language, as far as connectors use it, with its traps.
//!
//! [`parse()`] reads a query, [`Search`] applies it to the tickets. The traps, all measured:
//!
//! - The parser skips what it does not know: `%%%` is an empty query and finds **every** ticket.
//! - A quote that never ends is skipped too, and what it should have held becomes bare words.
//! - Inside quotes a backslash takes the next character as it is; `''` ends the text and the next
//!   quote is one too many (`400`).
//! - Where `AND` and `OR` stand side by side without parentheses, **the last one counts for all**:
//!   `id = 1 OR id = 2 AND id = 2` finds nothing, `id = 1 AND id = 2 OR id = 2` finds both.
//! - An unknown custom field finds nothing and is no error; any other unknown field is one.
//! - Bare words as values go to the database unquoted: `Status = open` fails there.
//! - Texts are compared without regard to the case of ASCII letters, and of no others.
//!
//! What RT knows and this desk does not is refused with a clear text, not guessed at.

mod compare;
mod evaluate;
mod parse;
pub(super) mod rows;
mod token;

pub(super) use evaluate::{Context, Search};
pub(super) use parse::{Refusal, parse};

/// `AND` or `OR`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Joint {
    And,
    Or,
}

/// A query as a tree.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    Condition(Condition),
    /// An empty one holds for every ticket.
    Group(Joint, Vec<Node>),
}

/// One comparison.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Condition {
    pub field: Field,
    pub operator: Operator,
    pub value: Given,
}

/// What is compared.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Field {
    Number(Column),
    Text(Column),
    Date(Column),
    Queue,
    /// A user in some role, by a property (`Name`, `EmailAddress`, …) or by name or id.
    User(Column, Option<String>),
    /// People in a role with many.
    Watchers(Role, Option<String>),
    /// What stands between the braces.
    Custom(String),
    /// What people have written. Without a full-text index, which RT does not have by itself, nothing
    /// is found in it.
    Content,
    /// An address that the ticket refers to.
    RefersTo,
    /// Something of a transaction.
    Row(rows::Column),
}

/// Columns of a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    Id,
    EffectiveId,
    Priority,
    Zero,
    TimeWorked,
    Subject,
    Status,
    Type,
    Lifecycle,
    Nothing,
    Created,
    LastUpdated,
    Starts,
    Started,
    Due,
    Resolved,
    Told,
    Owner,
    Creator,
    LastUpdatedBy,
}

/// Roles with many people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Requestor,
    Cc,
    AdminCc,
    Any,
}

/// Comparisons; a negation of one holds where the one does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Like,
    NotLike,
    StartsWith,
    NotStartsWith,
    EndsWith,
    NotEndsWith,
    Is,
    IsNot,
}

/// A value, and whether it stood in quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Given {
    pub text: String,
    pub quoted: bool,
}
