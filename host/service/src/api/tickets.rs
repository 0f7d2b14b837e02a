//! Tickets: of objects, and single ones.

use super::extract::{Json, Path, Query, Strict, given, number};
use super::{App, Json as Answer};
use crate::problem::Problem;
use crate::tickets::Listed;
use axum::extract::State;
use http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sgi_host::{Created, Draft, Error, Filter, Form, Marker, Object, Order, Ticket};
use std::collections::{BTreeSet, HashSet};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use utoipa::{IntoParams, ToSchema};

/// Objects of one question.
pub(super) const OBJECTS: usize = 100;
/// How long a list that nobody has asked for yet is waited for.
const WAIT: Duration = Duration::from_secs(10);

/// The id of an object in the CMDB. Connectors may know which ids there can be: those of i-doit are numbers.
#[derive(ToSchema)]
#[schema(value_type = String, min_length = 1, max_length = 200, example = "1001")]
pub(super) struct ObjectId(#[expect(dead_code, reason = "it is only described")] String);

/// Which tickets.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// The object's id in the CMDB; repeated for an object and its components, at most 100 times.
    #[param(min_items = 1, max_items = 100, explode, required, value_type = Vec<ObjectId>)]
    #[serde(default)]
    pub(crate) object: Vec<String>,
    /// Only these desks; all active ones without it.
    #[param(explode)]
    #[serde(default)]
    pub(crate) desk: Vec<String>,
    /// Which tickets; those whose status means nothing to the connector count as both open and closed.
    #[serde(default)]
    pub(crate) status: Filter,
    /// By what the tickets of a desk are sorted; without it as the desk has them.
    #[serde(default, deserialize_with = "given")]
    pub(crate) sort: Option<Order>,
    /// The other way round.
    #[serde(default)]
    pub(crate) reverse: bool,
    /// No more than so many tickets of each desk.
    #[param(minimum = 1, maximum = 100000)]
    #[serde(default, deserialize_with = "number")]
    pub(crate) limit: Option<u32>,
    /// Seconds to wait for a desk whose tickets are not known yet; 10 without it.
    #[param(minimum = 0, maximum = 120)]
    #[serde(default, deserialize_with = "number")]
    pub(crate) wait: Option<u32>,
    /// What people call the object, where one is asked about.
    pub(crate) title: Option<String>,
    /// The object's page in the CMDB, where one is asked about.
    pub(crate) url: Option<String>,
    /// The object's type in the CMDB, where one is asked about.
    pub(crate) kind: Option<String>,
}

/// The tickets of objects, desk by desk.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Lists {
    /// The objects that were asked about.
    pub(crate) objects: Vec<String>,
    /// What is known of them, in the same order: as it was given, otherwise from the CMDB where one is configured.
    pub(crate) about: Vec<About>,
    /// A list for each desk, in the order of their names.
    pub(crate) desks: Vec<List>,
}

/// What is known of an object.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct About {
    /// Its id in the CMDB.
    pub(crate) id: String,
    /// What people call it.
    pub(crate) title: Option<String>,
    /// Its page in the CMDB.
    pub(crate) url: Option<String>,
    /// Its type in the CMDB.
    pub(crate) kind: Option<String>,
}

/// The tickets of one desk.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct List {
    /// The desk.
    pub(crate) desk: String,
    /// The id of the connector that serves it.
    pub(crate) connector: Option<String>,
    /// Each ticket once; empty where the desk could not be asked.
    pub(crate) tickets: Vec<Ticket>,
    /// How many there are, whatever the limit; null where the desk could not be asked.
    pub(crate) total: Option<usize>,
    /// How many of them somebody still has to work on.
    pub(crate) open: Option<usize>,
    /// When the desk was asked (UTC), of several objects the longest ago; null where it could not be.
    pub(crate) as_of: Option<Timestamp>,
    /// How many seconds ago that was.
    pub(crate) age: Option<f64>,
    /// Whether the desk is being asked anew at this moment: ask again soon for newer tickets.
    pub(crate) refreshing: bool,
    /// Why the last attempt failed; tickets may be there all the same, from an earlier one.
    pub(crate) problem: Option<Problem>,
}

/// The tickets of an object, or of several, from all desks
///
/// Desks are asked side by side. What was asked within the last 15 seconds is given as it is, what is up to 10
/// minutes old is given while the desk is asked anew. A desk that fails has its problem beside its section and
/// hides no other.
#[utoipa::path(
    get, path = "/tickets", tag = "tickets", params(Wanted),
    responses(
        (status = 200, description = "A list for each desk", body = Lists),
        (status = 404, description = "There is no desk of that name", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn of_objects(
    State(app): State<App>,
    Query(wanted): Query<Wanted>,
) -> Result<Answer<Lists>, Problem> {
    lists(&app, &wanted).await.map(Answer)
}

/// The same for whoever is inside.
pub(crate) async fn lists(app: &App, wanted: &Wanted) -> Result<Lists, Problem> {
    let mut objects = objects(wanted)?;
    if wanted
        .limit
        .is_some_and(|limit| !(1..=100_000).contains(&limit))
    {
        return Err(Problem::invalid("limit is 1 to 100000").about("limit"));
    }
    let wait = match wanted.wait {
        Some(wait) if wait > 120 => {
            return Err(Problem::invalid("wait is at most 120 seconds").about("wait"));
        }
        Some(wait) => Duration::from_secs(wait.into()),
        None => WAIT,
    };
    let desks = app.desks_wanted(&wanted.desk)?;
    app.objects().complete(&mut objects, wait).await;
    let mut running = JoinSet::new();
    for (place, desk) in desks.iter().enumerate() {
        for (nth, object) in objects.iter().enumerate() {
            let (tickets, desk, object) = (app.tickets().clone(), desk.clone(), object.clone());
            let filter = wanted.status;
            running.spawn(async move {
                let answer = tickets.of(&desk, &object, filter, wait).await;
                (place, nth, answer)
            });
        }
    }
    let mut answers: Vec<Vec<_>> = desks.iter().map(|_| Vec::new()).collect();
    while let Some(done) = running.join_next().await {
        let (place, nth, answer) = done.map_err(|error| Problem::lost(&error))?;
        if let Some(answers) = answers.get_mut(place) {
            answers.push((nth, answer));
        }
    }
    let lists = desks.into_iter().zip(answers).map(|(desk, mut answers)| {
        answers.sort_by_key(|(nth, _)| *nth);
        let answers = answers.into_iter().map(|(_, answer)| answer);
        list(app, desk, answers, wanted)
    });
    Ok(Lists {
        desks: lists.collect(),
        objects: objects.iter().map(|object| object.id.clone()).collect(),
        about: objects
            .into_iter()
            .map(|object| About {
                id: object.id,
                title: object.title,
                url: object.url,
                kind: object.kind,
            })
            .collect(),
    })
}

fn list(
    app: &App,
    desk: String,
    answers: impl Iterator<Item = Result<crate::tickets::Answer, Error>>,
    wanted: &Wanted,
) -> List {
    let standing = app.fleet().standing(&desk);
    let mut list = List {
        connector: standing.and_then(|standing| Some(standing.serving?.id)),
        tickets: Vec::new(),
        total: None,
        open: None,
        as_of: None,
        age: None,
        refreshing: false,
        problem: None,
        desk,
    };
    let mut seen = HashSet::new();
    for answer in answers {
        match answer {
            Ok(answer) => {
                list.refreshing |= answer.asking;
                if let Some(error) = answer.error {
                    list.problem = Some(Problem::from(error).of(&list.desk));
                }
                let Some(Listed {
                    tickets,
                    as_of,
                    age,
                }) = answer.listed
                else {
                    continue;
                };
                let older = list.as_of.is_none_or(|known| as_of < known);
                if older {
                    list.as_of = Some(as_of);
                    list.age = Some(age.as_secs_f64());
                }
                let new = tickets.iter().filter(|ticket| !seen.contains(&ticket.id));
                let new: Vec<Ticket> = new.cloned().collect();
                seen.extend(new.iter().map(|ticket| ticket.id.clone()));
                list.tickets.extend(new);
            }
            Err(error) => list.problem = Some(Problem::from(error).of(&list.desk)),
        }
    }
    if list.as_of.is_some() {
        list.total = Some(list.tickets.len());
        let open = list
            .tickets
            .iter()
            .filter(|ticket| ticket.status_class.is_open());
        list.open = Some(open.count());
    }
    if let Some(sort) = wanted.sort {
        sort.sort(&mut list.tickets);
    }
    if wanted.reverse {
        list.tickets.reverse();
    }
    if let Some(limit) = wanted.limit {
        list.tickets.truncate(limit as usize);
    }
    list
}

/// Whether it can be the id of an object at all.
pub(super) fn is_id(id: &str) -> bool {
    !id.is_empty() && id.chars().count() <= 200
}

fn objects(wanted: &Wanted) -> Result<Vec<Object>, Problem> {
    let mut seen = BTreeSet::new();
    let ids: Vec<&String> = wanted.object.iter().filter(|id| seen.insert(*id)).collect();
    if ids.is_empty() || ids.iter().any(|id| !is_id(id)) {
        return Err(
            Problem::invalid("name an object: ?object=ID, with its id in the CMDB").about("object"),
        );
    }
    if wanted.object.len() > OBJECTS {
        let detail = format!("at most {OBJECTS} objects can be asked about at once");
        return Err(Problem::invalid(detail).about("object"));
    }
    let mut objects: Vec<Object> = ids.into_iter().map(Object::new).collect();
    let told = [&wanted.title, &wanted.url, &wanted.kind];
    match objects.as_mut_slice() {
        [object] => {
            object.title.clone_from(&wanted.title);
            object.url.clone_from(&wanted.url);
            object.kind.clone_from(&wanted.kind);
        }
        _ if told.iter().any(|text| text.is_some()) => {
            return Err(Problem::invalid(
                "title, url and kind describe one object; ask about each by itself",
            ));
        }
        _ => {}
    }
    Ok(objects)
}

/// One ticket, asked for now
#[utoipa::path(
    get, path = "/desks/{desk}/tickets/{ticket}", tag = "tickets",
    params(
        ("desk" = String, Path, description = "The desk's name"),
        ("ticket" = String, Path, description = "The desk's own id of the ticket"),
    ),
    responses(
        (status = 200, description = "The ticket", body = Ticket),
        (status = 404, description = "There is no such desk, or no such ticket that its account may see", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn one(
    State(app): State<App>,
    Path((desk, ticket)): Path<(String, String)>,
) -> Result<Answer<Ticket>, Problem> {
    let (began, served) = (Instant::now(), app.desk(&desk)?);
    let found = served.ticket(&ticket).await;
    app.metrics()
        .called(&desk, "ticket", found.as_ref().err(), began.elapsed());
    let found = found.map_err(|error| Problem::from(error).of(&desk))?;
    Ok(Answer(found))
}

/// The object that a new ticket is about.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct AboutOne {
    /// The object's id in the CMDB.
    #[param(value_type = ObjectId)]
    object: String,
    /// What people call the object, where one is asked about.
    title: Option<String>,
    /// The object's page in the CMDB, where one is asked about.
    url: Option<String>,
    /// The object's type in the CMDB, where one is asked about.
    kind: Option<String>,
}

/// The desk's own forms for a new ticket, with the object filled in
///
/// One for each choice that people have there: a queue for Request Tracker.
#[utoipa::path(
    get, path = "/desks/{desk}/forms", tag = "tickets",
    params(("desk" = String, Path, description = "The desk's name"), AboutOne),
    responses(
        (status = 200, description = "The forms", body = Vec<Form>),
        (status = 404, description = "There is no such desk", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn forms(
    State(app): State<App>,
    Path(desk): Path<String>,
    Query(about): Query<AboutOne>,
) -> Result<Answer<Vec<Form>>, Problem> {
    if !is_id(&about.object) {
        return Err(Problem::invalid("name an object: ?object=ID").about("object"));
    }
    let mut object = Object::new(about.object);
    object.title = about.title;
    object.url = about.url;
    object.kind = about.kind;
    app.objects()
        .complete_soon(std::slice::from_mut(&mut object))
        .await;
    let (began, served) = (Instant::now(), app.desk(&desk)?);
    let forms = served.forms(&object).await;
    app.metrics()
        .called(&desk, "forms", forms.as_ref().err(), began.elapsed());
    Ok(Answer(
        forms.map_err(|error| Problem::from(error).of(&desk))?,
    ))
}

/// An object of the CMDB, as far as it is known.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Referenced {
    /// Its id in the CMDB.
    #[schema(value_type = ObjectId)]
    id: String,
    /// What people call it.
    title: Option<String>,
    /// Its page in the CMDB.
    url: Option<String>,
    /// Its type in the CMDB.
    kind: Option<String>,
}

/// A ticket that is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewTicket {
    /// The objects that it shall reference.
    #[schema(min_items = 1, max_items = 100, value_type = Vec<Referenced>)]
    objects: Vec<Strict<Referenced>>,
    /// One line.
    #[schema(min_length = 1, max_length = 255)]
    subject: String,
    /// Plain text.
    #[serde(default)]
    text: String,
    /// Where it goes, by the name that people know.
    queue: Option<String>,
    /// Incident, request …, where the desk has classes.
    class: Option<String>,
    /// Who asks: an address or a name that the desk knows.
    requestor: Option<String>,
    /// As the desk calls it.
    priority: Option<String>,
    /// The marker of an earlier attempt, or one of the caller's own: the ticket is created only if none has it.
    #[schema(pattern = "^[a-z0-9-]{16,64}$")]
    marker: Option<String>,
}

/// A ticket of a draft, and its marker.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Made {
    /// The desk.
    desk: String,
    /// By which the ticket is found again.
    marker: String,
    #[serde(flatten)]
    made: Created,
}

/// Create a ticket that references objects
///
/// It is read back from the desk. Where the desk does not say whether it made the ticket, it is looked for by
/// its marker; that takes a while.
#[utoipa::path(
    post, path = "/desks/{desk}/tickets", tag = "tickets",
    params(("desk" = String, Path, description = "The desk's name")),
    request_body = NewTicket,
    responses(
        (status = 201, description = "The ticket was created", body = Made),
        (status = 200, description = "It was there: an earlier attempt with the same marker created it", body = Made),
        (status = 404, description = "There is no such desk", body = Problem, content_type = "application/problem+json"),
        (status = 504, description = "Whether it was created could not be found out: repeat with the marker", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn create(
    State(app): State<App>,
    Path(desk): Path<String>,
    Json(new): Json<NewTicket>,
) -> Result<(StatusCode, Answer<Made>), Problem> {
    let mut objects: Vec<Object> = new
        .objects
        .into_iter()
        .map(|Strict(object)| Object {
            title: object.title,
            url: object.url,
            kind: object.kind,
            ..Object::new(object.id)
        })
        .collect();
    if objects.len() > OBJECTS || objects.iter().any(|object| !is_id(&object.id)) {
        return Err(Problem::invalid(
            "a ticket references 1 to 100 objects, each by its id",
        ));
    }
    app.objects().complete_soon(&mut objects).await;
    let mut draft = Draft::new(objects, new.subject)?;
    draft.text = new.text;
    draft.queue = new.queue;
    draft.class = new.class;
    draft.requestor = new.requestor;
    draft.priority = new.priority;
    if let Some(marker) = &new.marker {
        draft.marker =
            Marker::parse(marker).map_err(|error| Problem::from(error).about("marker"))?;
    }
    let marker = draft.marker.to_string();
    // It may be there already: that is what a marker is given for.
    let made = app.create(&desk, draft, new.marker.is_some()).await?;
    let status = match made.created {
        true => StatusCode::CREATED,
        false => StatusCode::OK,
    };
    Ok((status, Answer(Made { desk, marker, made })))
}
