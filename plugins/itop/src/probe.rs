//! What an iTop's data model has, found out by queries that bring nothing.

use crate::api;
use crate::failure::{self, Refusal};
use crate::knowledge::Class;
use sgi_guest::Settings;
use sgi_guest::types::Error;

/// A class, as far as the account may look.
pub(crate) enum Probed {
    /// It can be read, and has these of the attributes.
    Readable(Class),
    /// It exists, and the account may not read it: the error says so.
    Forbidden(Error),
    Absent,
}

/// Looks for a class and which of the attributes it has. iTop names one unknown attribute at a time, and
/// checks them before it looks for objects: no object has the id 0.
pub(crate) fn class(settings: &Settings, name: &str, wanted: &[&str]) -> Result<Probed, Error> {
    let mut fields: Vec<&str> = wanted.to_vec();
    let oql = format!("SELECT {name} AS x WHERE x.id = 0");
    loop {
        let query = api::get(name, &oql, &fields.join(","));
        let (refusal, reply) = match api::try_query(settings, &query)? {
            Ok(_) => {
                return Ok(Probed::Readable(Class {
                    name: name.to_owned(),
                    fields: fields.iter().map(|field| (*field).to_owned()).collect(),
                }));
            }
            Err(refused) => refused,
        };
        match refusal {
            Refusal::All(error) => return Err(error),
            Refusal::Class(error) => return Ok(Probed::Forbidden(error)),
            Refusal::Model if failure::unknown_class(reply.message()) => return Ok(Probed::Absent),
            Refusal::Model => {
                let unknown = failure::unknown_field(reply.message());
                let before = fields.len();
                fields.retain(|field| Some(*field) != unknown);
                if fields.len() == before || fields.is_empty() {
                    return Err(Refusal::Model.into_error());
                }
            }
        }
    }
}
