//! RT's queues as the account sees them.

use crate::api;
use crate::fields::Known;
use crate::json::Id;
use serde::Deserialize;
use sgi_guest::Settings;
use sgi_guest::types::Error;

/// RT filters lists of queues by rights after it has cut them into pages, and says no total: a short
/// or an empty page is not the last. So many empty ones in a row are taken for the end.
const EMPTY_PAGES: u32 = 3;
const PAGE: &str = "100";
const MAX_PAGES: u32 = 50;

/// Ids and names of the enabled queues that the account sees.
pub(crate) struct Listed {
    pub(crate) queues: Vec<(u64, String)>,
    /// There may be more.
    pub(crate) cut: bool,
}

pub(crate) fn list(settings: &Settings) -> Result<Listed, Error> {
    #[derive(Deserialize)]
    struct List {
        items: Vec<Item>,
        pages: Option<serde_json::Number>,
    }
    #[derive(Deserialize)]
    struct Item {
        id: Id,
        #[serde(rename = "Name")]
        name: String,
    }
    let mut queues: Vec<(u64, String)> = Vec::new();
    let mut empty = 0;
    let mut cut = true;
    for page in 1..=MAX_PAGES {
        let answer = api::get(
            settings,
            "/REST/2.0/queues/all",
            &[
                ("fields", "Name"),
                ("per_page", PAGE),
                ("page", &page.to_string()),
            ],
        )?;
        let list: List = answer.json()?;
        empty = if list.items.is_empty() { empty + 1 } else { 0 };
        for item in list.items {
            if queues.iter().all(|(id, _)| *id != item.id.0) {
                queues.push((item.id.0, item.name));
            }
        }
        // Superusers are told how many pages there are.
        let last = list
            .pages
            .and_then(|pages| pages.as_f64())
            .is_some_and(|pages| f64::from(page) >= pages);
        if last || empty == EMPTY_PAGES {
            cut = false;
            break;
        }
    }
    Ok(Listed { queues, cut })
}

pub(crate) struct Details {
    pub(crate) fields: Vec<Known>,
    pub(crate) may_create: bool,
}

/// What of a queue its list does not say.
pub(crate) fn details(settings: &Settings, id: u64) -> Result<Details, Error> {
    #[derive(Deserialize)]
    struct Raw {
        #[serde(rename = "TicketCustomFields", default)]
        fields: Vec<RawField>,
        #[serde(rename = "_hyperlinks", default)]
        links: Vec<RawLink>,
    }
    #[derive(Deserialize)]
    struct RawField {
        id: Id,
        name: String,
    }
    #[derive(Deserialize)]
    struct RawLink {
        #[serde(rename = "ref", default)]
        what: String,
    }
    let answer = api::get(settings, &format!("/REST/2.0/queue/{id}"), &[])?;
    let raw: Raw = answer.json()?;
    let known = |field: RawField| Known {
        id: field.id.0,
        name: field.name,
    };
    Ok(Details {
        fields: raw.fields.into_iter().map(known).collect(),
        may_create: raw.links.iter().any(|link| link.what == "create"),
    })
}
