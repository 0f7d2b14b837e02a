//! The grammar of OQL, as much of it as a connector may send.

use super::Error;
use super::token::{Kind, Token, next};

/// `SELECT … UNION SELECT …`
#[derive(Debug, Clone)]
pub(in super::super) struct Query {
    pub(super) selects: Vec<Select>,
}

#[derive(Debug, Clone)]
pub(super) struct Select {
    /// The alias of the class whose objects are wanted.
    pub(super) wanted: String,
    /// The classes in the order in which they are joined; the first has no condition.
    pub(super) classes: Vec<Source>,
    pub(super) condition: Option<Expr>,
}

#[derive(Debug, Clone)]
pub(super) struct Source {
    pub(super) class: Token,
    pub(super) alias: String,
    /// `ON one = other`
    pub(super) on: Option<(Field, Field)>,
}

#[derive(Debug, Clone)]
pub(super) struct Field {
    pub(super) alias: Option<Token>,
    pub(super) name: Token,
}

#[derive(Debug, Clone)]
pub(super) enum Expr {
    Text(String),
    Number(f64),
    Param(String),
    Field(Field),
    Call(String, Vec<Expr>),
    Interval(Box<Expr>, String),
    Binary(String, Box<Expr>, Box<Expr>),
    In(Box<Expr>, Vec<Expr>, bool),
    InQuery(Box<Expr>, Query, bool),
}

pub(in super::super) fn parse(text: &str) -> Result<Query, Error> {
    let mut parser = Parser {
        text,
        token: Token {
            kind: Kind::End,
            raw: String::new(),
            at: 0,
        },
        at: 0,
    };
    parser.advance()?;
    let query = parser.query()?;
    match parser.token.kind {
        Kind::End => Ok(query),
        _ => Err(parser.unexpected()),
    }
}

struct Parser<'a> {
    text: &'a str,
    token: Token,
    at: usize,
}

impl Parser<'_> {
    fn advance(&mut self) -> Result<Token, Error> {
        let next = next(self.text, self.at).map_err(|rest| {
            let first = rest.chars().next().unwrap_or_default();
            Error::query("Exception", format!("Unexpected input at line 1: {first}"))
        })?;
        self.at = if next.kind == Kind::End {
            self.text.len()
        } else {
            next.at + next.raw.len()
        };
        // The name in backquotes is shorter than what stands there.
        if self.text[next.at..].starts_with('`') {
            self.at += 2;
        }
        Ok(std::mem::replace(&mut self.token, next))
    }

    fn unexpected(&self) -> Error {
        let name = self.token.raw.to_ascii_uppercase();
        let known = ["BELOW", "ABOVE", "STRICT", "REGEXP", "MATCHES", "COLLATE"];
        if self.token.kind == Kind::Name && known.contains(&name.as_str()) {
            return Error::NotModelled(name);
        }
        let kind = match &self.token.kind {
            Kind::End => "End of Input",
            Kind::Name => match self.token.raw.to_ascii_uppercase().as_str() {
                "SELECT" | "FROM" | "AS" | "JOIN" | "ON" | "WHERE" | "AND" | "OR" | "IN"
                | "NOT" | "LIKE" | "UNION" => &self.token.raw,
                _ => "NAME",
            },
            Kind::Text(_) => "STRVAL",
            Kind::Number(_) => "NUMVAL",
            Kind::Param => "VARNAME",
            Kind::Sign => match self.token.raw.as_str() {
                "(" => "PAR_OPEN",
                ")" => "PAR_CLOSE",
                "," => "COMA",
                "." => "DOT",
                other => other,
            },
        };
        let message = format!(
            "Unexpected token {kind} - found '{}' at {} in '{}'",
            self.token.raw, self.token.at, self.text
        );
        Error::query("OQLParserSyntaxErrorException", message)
    }

    fn is_word(&self, word: &str) -> bool {
        self.token.kind == Kind::Name && self.token.raw.eq_ignore_ascii_case(word)
    }

    fn is_sign(&self, sign: &str) -> bool {
        self.token.kind == Kind::Sign && self.token.raw == sign
    }

    fn accept(&mut self, word: &str) -> Result<bool, Error> {
        let there = self.is_word(word) || self.is_sign(word);
        if there {
            self.advance()?;
        }
        Ok(there)
    }

    fn expect(&mut self, word: &str) -> Result<(), Error> {
        if self.accept(word)? {
            Ok(())
        } else {
            Err(self.unexpected())
        }
    }

    fn name(&mut self) -> Result<Token, Error> {
        if self.token.kind == Kind::Name {
            self.advance()
        } else {
            Err(self.unexpected())
        }
    }

    fn query(&mut self) -> Result<Query, Error> {
        let mut selects = vec![self.select()?];
        while self.accept("UNION")? {
            selects.push(self.select()?);
        }
        Ok(Query { selects })
    }

    fn select(&mut self) -> Result<Select, Error> {
        self.expect("SELECT")?;
        let first = self.name()?;
        let mut wanted = None;
        let class = if self.accept("FROM")? {
            wanted = Some(first.raw);
            self.name()?
        } else {
            first
        };
        let mut classes = vec![self.source(class)?];
        while self.accept("JOIN")? {
            let class = self.name()?;
            let mut source = self.source(class)?;
            self.expect("ON")?;
            let one = self.field()?;
            self.expect("=")?;
            source.on = Some((one, self.field()?));
            classes.push(source);
        }
        let condition = if self.accept("WHERE")? {
            Some(self.or()?)
        } else {
            None
        };
        let wanted = wanted.unwrap_or_else(|| classes[0].alias.clone());
        Ok(Select {
            wanted,
            classes,
            condition,
        })
    }

    fn source(&mut self, class: Token) -> Result<Source, Error> {
        let alias = if self.accept("AS")? {
            self.name()?.raw
        } else {
            class.raw.clone()
        };
        Ok(Source {
            class,
            alias,
            on: None,
        })
    }

    fn field(&mut self) -> Result<Field, Error> {
        let first = self.name()?;
        if self.accept(".")? {
            return Ok(Field {
                alias: Some(first),
                name: self.name()?,
            });
        }
        Ok(Field {
            alias: None,
            name: first,
        })
    }

    fn or(&mut self) -> Result<Expr, Error> {
        let mut left = self.and()?;
        while self.accept("OR")? {
            left = Expr::Binary("OR".to_owned(), Box::new(left), Box::new(self.and()?));
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<Expr, Error> {
        let mut left = self.comparison()?;
        while self.accept("AND")? {
            left = Expr::Binary(
                "AND".to_owned(),
                Box::new(left),
                Box::new(self.comparison()?),
            );
        }
        Ok(left)
    }

    fn comparison(&mut self) -> Result<Expr, Error> {
        let left = Box::new(self.sum()?);
        for sign in ["=", "!=", "<", ">", "<=", ">="] {
            if self.accept(sign)? {
                return Ok(Expr::Binary(sign.to_owned(), left, Box::new(self.sum()?)));
            }
        }
        let not = self.accept("NOT")?;
        if self.accept("LIKE")? {
            let name = if not { "NOT LIKE" } else { "LIKE" };
            return Ok(Expr::Binary(name.to_owned(), left, Box::new(self.sum()?)));
        }
        if self.accept("IN")? {
            self.expect("(")?;
            let list = if self.is_word("SELECT") {
                Expr::InQuery(left, self.query()?, not)
            } else {
                Expr::In(left, self.list()?, not)
            };
            self.expect(")")?;
            return Ok(list);
        }
        if not {
            Err(self.unexpected())
        } else {
            Ok(*left)
        }
    }

    fn list(&mut self) -> Result<Vec<Expr>, Error> {
        let mut list = vec![self.or()?];
        while self.accept(",")? {
            list.push(self.or()?);
        }
        Ok(list)
    }

    fn sum(&mut self) -> Result<Expr, Error> {
        let mut left = self.primary()?;
        while self.is_sign("+") || self.is_sign("-") {
            let sign = self.advance()?.raw;
            left = Expr::Binary(sign, Box::new(left), Box::new(self.primary()?));
        }
        Ok(left)
    }

    fn primary(&mut self) -> Result<Expr, Error> {
        match self.token.kind.clone() {
            Kind::Text(text) => {
                self.advance()?;
                Ok(Expr::Text(text))
            }
            Kind::Number(number) => {
                self.advance()?;
                Ok(Expr::Number(number))
            }
            Kind::Param => Ok(Expr::Param(self.advance()?.raw[1..].to_owned())),
            Kind::Sign if self.is_sign("(") => {
                self.advance()?;
                let inner = self.or()?;
                self.expect(")")?;
                Ok(inner)
            }
            // `-- '` was recorded to fail at the quote, not at the second `-`: so a `-` may stand
            // before a value, and two begin no comment.
            Kind::Sign if self.is_sign("-") => {
                self.advance()?;
                let value = Box::new(self.primary()?);
                Ok(Expr::Binary(
                    "-".to_owned(),
                    Box::new(Expr::Number(0.0)),
                    value,
                ))
            }
            Kind::Name if self.is_word("INTERVAL") => {
                self.advance()?;
                let count = Box::new(self.primary()?);
                Ok(Expr::Interval(count, self.name()?.raw))
            }
            Kind::Name => {
                let first = self.field()?;
                if first.alias.is_none() && self.accept("(")? {
                    let list = if self.is_sign(")") {
                        Vec::new()
                    } else {
                        self.list()?
                    };
                    self.expect(")")?;
                    return Ok(Expr::Call(first.name.raw.to_ascii_uppercase(), list));
                }
                Ok(Expr::Field(first))
            }
            _ => Err(self.unexpected()),
        }
    }
}
