//! The tickets of an object for the CMDB's own page: a piece of HTML that its server includes, or a page for a
//! frame.

mod frame;
mod piece;

pub(super) use frame::frame;

use super::visitor::Visitor;
use super::words::{Language, Words};
use crate::api::extract::Query;
use crate::api::tickets::{List, Lists, Wanted, lists};
use crate::problem::Problem;
use crate::service::App;
use axum::extract::State;
use axum::response::Html;
use http::Uri;
use piece::piece;
use sgi_host::{Filter, Form, Object};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// How long the desks' own forms are waited for: without them, the tickets are there all the same.
const FORMS: Duration = Duration::from_secs(3);

/// The piece.
pub(super) async fn tickets(
    State(app): State<App>,
    visitor: Visitor,
    uri: Uri,
) -> Result<Html<String>, Problem> {
    // The CMDB knows its user's language, and its server speaks none.
    let (visitor, uri) = speaking(visitor, &uri)?;
    let Query(wanted) = Query::<Wanted>::try_from_uri(&uri)?;
    let found = Found::of(&app, &wanted).await?;
    Ok(Html(piece(&visitor, &found, &wanted, 3).into_string()))
}

/// What there is to show.
struct Found {
    lists: Lists,
    /// For each list.
    forms: Vec<Arc<[Form]>>,
}

impl Found {
    async fn of(app: &App, wanted: &Wanted) -> Result<Self, Problem> {
        // What is shown is chosen here, of a list that the pages have, too.
        let all = Wanted {
            status: Filter::All,
            limit: None,
            ..wanted.clone()
        };
        let desks = app.desks_wanted(&wanted.desk)?;
        let (lists, forms) = tokio::join!(lists(app, &all), forms(app, &desks, wanted));
        Ok(Self {
            lists: lists?,
            forms,
        })
    }

    fn by_desk(&self) -> impl Iterator<Item = (&List, &[Form])> {
        let forms = self.forms.iter().map(|forms| &**forms);
        self.lists.desks.iter().zip(forms)
    }
}

/// The forms of each desk for the first object, which is the one that the page is about.
async fn forms(app: &App, desks: &[String], wanted: &Wanted) -> Vec<Arc<[Form]>> {
    let mut all = vec![Arc::default(); desks.len()];
    let Some(id) = wanted.object.first() else {
        return all;
    };
    let mut object = Object::new(id);
    if wanted.object.len() == 1 {
        object.title.clone_from(&wanted.title);
        object.url.clone_from(&wanted.url);
        object.kind.clone_from(&wanted.kind);
    }
    let wait = wanted.wait.map(|wait| Duration::from_secs(wait.into()));
    let wait = wait.map_or(FORMS, |wait| wait.min(FORMS));
    let began = Instant::now();
    app.objects()
        .complete(std::slice::from_mut(&mut object), wait)
        .await;
    let wait = wait.saturating_sub(began.elapsed());
    let mut running = JoinSet::new();
    for (place, desk) in desks.iter().enumerate() {
        let (app, desk, object) = (app.clone(), desk.clone(), object.clone());
        running.spawn(async move { (place, app.forms().of(&desk, &object, wait).await) });
    }
    while let Some(done) = running.join_next().await {
        if let Ok((place, forms)) = done
            && let Some(of) = all.get_mut(place)
        {
            *of = forms;
        }
    }
    all
}

/// Takes the language out of the query; the visitor speaks it from now on.
fn speaking(mut visitor: Visitor, uri: &Uri) -> Result<(Visitor, Uri), Problem> {
    let mut rest = form_urlencoded::Serializer::new(String::new());
    for (key, value) in form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()) {
        if key == "lang" {
            let language = Language::of(&value)
                .ok_or_else(|| Problem::invalid("lang is en, fr or de").about("lang"))?;
            visitor.words = Words::of(language);
        } else {
            rest.append_pair(&key, &value);
        }
    }
    let rest = format!("{}?{}", uri.path(), rest.finish());
    let rest = rest.parse().unwrap_or_default();
    Ok((visitor, rest))
}
