//! OQL, iTop's query language.
//!
//! Its traps, all measured: a text ends at the first quote without a backslash before it, so what is
//! pasted in unescaped can add a `UNION`; comparisons do not see case, accents, blanks at the end;
//! a date that is none comes before all dates; `NOW()` is the time of the database in UTC while
//! the dates are local. There is neither `ORDER BY` nor `LIMIT`. Errors repeat the query.

mod check;
mod evaluate;
mod parse;
mod token;

pub(super) use evaluate::ordered;
pub(super) use parse::parse;

/// What is wrong with a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Error {
    /// The class of the exception and its text; iTop puts the query before it.
    Query(&'static str, String),
    /// A parameter without a value.
    Argument(String),
    /// Sound OQL, as far as we know, that the desk cannot run.
    NotModelled(String),
}

impl Error {
    fn query(exception: &'static str, message: String) -> Self {
        Error::Query(exception, message)
    }

    /// As it stands in answers, without `Error: `.
    pub(super) fn message(&self, query: &str) -> String {
        match self {
            Error::Query(exception, message) => format!(
                "Query failed to execute: query = {query}, exception_class = {exception}, \
                 exception_message = {message}"
            ),
            Error::NotModelled(what) => what.clone(),
            Error::Argument(name) => {
                format!("Missing query argument: expecting = {name}, available = {{}}")
            }
        }
    }
}
