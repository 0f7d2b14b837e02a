//! Lists: pages of them, and the searches over queues, custom fields and users.

use serde_json::{Value, json};

use super::data::CustomField;
use super::json::Shuffle;
use super::params::{self, Params};
use super::render::{View, custom_field_value};
use super::route::Call;
use super::{answers, json};
use crate::http::Response;

/// Which page is wanted, and how long it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Page {
    pub number: u64,
    pub size: u64,
}

impl Page {
    /// 20 a page; at most 100, without a word; 20 again for what is no number or zero.
    pub(super) fn of(params: &Params) -> Self {
        let digits = |name| {
            let text = params::last(params, name)
                .filter(|text| text.bytes().all(|b| b.is_ascii_digit()))?;
            // Too many digits for a number are a large number all the same.
            (!text.is_empty())
                .then(|| text.parse().unwrap_or(u64::MAX))
                .filter(|&n| n > 0)
        };
        Page {
            number: digits("page").unwrap_or(1),
            size: digits("per_page").unwrap_or(20).min(100),
        }
    }

    pub(super) fn cut<T>(self, items: &[T]) -> &[T] {
        let from =
            usize::try_from((self.number - 1).saturating_mul(self.size)).unwrap_or(usize::MAX);
        let size = usize::try_from(self.size).unwrap_or(usize::MAX);
        let from = from.min(items.len());
        &items[from..(from + size).min(items.len())]
    }
}

/// The frame of a list. Without a total (because the account does not see everything that was
/// counted) there are no pages and no ways to them.
pub(super) fn envelope(
    call: &Call<'_>,
    items: Vec<Value>,
    page: Page,
    total: Option<u64>,
) -> Value {
    let mut out = json!({
        "count": items.len(), "page": page.number, "per_page": page.size, "total": total, "items": items,
    });
    let Some(total) = total else {
        out["pages"] = Value::Null;
        return out;
    };
    let pages = total.div_ceil(page.size);
    // RT divides floating-point numbers where there is nothing to divide.
    out["pages"] = if pages == 0 { json!(0.0) } else { json!(pages) };
    let link = |number| {
        let query = params::for_page(&params::of_url(call.request), number);
        json!(format!("{}{}?{query}", call.pages_at, call.request.path()))
    };
    if page.number < pages {
        out["next_page"] = link(page.number + 1);
    }
    if page.number > 1 && pages > 0 {
        out["prev_page"] = link((page.number - 1).min(pages));
    }
    out
}

/// The fields named in `fields` and in `fields[…]`.
pub(super) struct Fields<'a> {
    params: &'a Params,
}

impl<'a> Fields<'a> {
    pub(super) fn of(params: &'a Params) -> Self {
        Fields { params }
    }

    pub(super) fn named(&self) -> Vec<String> {
        self.split("fields")
    }

    pub(super) fn nested(&self, field: &str) -> Vec<String> {
        self.split(&format!("fields[{field}]"))
    }

    /// Blanks are part of a name; then RT knows no such field.
    fn split(&self, name: &str) -> Vec<String> {
        let value = params::last(self.params, name).unwrap_or_default();
        value
            .split(',')
            .filter(|field| !field.is_empty())
            .map(str::to_owned)
            .collect()
    }
}

/// One condition of a search in JSON: `[{"field": …, "operator": …, "value": …}]`.
struct Filter {
    field: String,
    operator: String,
    value: String,
}

impl Filter {
    fn holds(&self, is: &Value) -> bool {
        let plain = |value: &Value| {
            value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned)
        };
        let (is, value) = (
            plain(is).to_ascii_lowercase(),
            self.value.to_ascii_lowercase(),
        );
        let numbers = is.parse::<f64>().ok().zip(value.parse::<f64>().ok());
        let order = numbers.map_or_else(|| is.cmp(&value), |(a, b)| a.total_cmp(&b));
        match self.operator.to_ascii_uppercase().as_str() {
            "!=" => order.is_ne(),
            ">" => order.is_gt(),
            "<" => order.is_lt(),
            "LIKE" => is.contains(&value),
            "STARTSWITH" => is.starts_with(&value),
            "ENDSWITH" => is.ends_with(&value),
            _ => order.is_eq(),
        }
    }
}

/// The search of a request: in a JSON body, or in the parameter `query`. None is none at all,
/// and finds nothing; so does one that is no JSON, when it stands in the parameter.
fn filters(call: &Call<'_>) -> Result<Option<Vec<Filter>>, Response> {
    let is_json = call
        .request
        .header("content-type")
        .is_some_and(|media| media.starts_with("application/json"));
    let document = if call.request.method == "POST" && is_json {
        let parsed: Value = serde_json::from_slice(&call.request.body)
            .map_err(|error| answers::error(400, &format!("JSON parse error: {error}\n")))?;
        if !parsed.is_array() {
            return Err(answers::error(400, "JSON object must be a ARRAY"));
        }
        Some(parsed)
    } else {
        params::last(&params::of_url(call.request), "query")
            .and_then(|text| serde_json::from_str(text).ok())
    };
    let Some(Value::Array(conditions)) = document else {
        return Ok(None);
    };
    let text = |condition: &Value, key: &str| match &condition[key] {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    let filter = |condition: &Value| Filter {
        field: text(condition, "field"),
        operator: text(condition, "operator"),
        value: text(condition, "value"),
    };
    Ok(Some(conditions.iter().map(filter).collect::<Vec<_>>())
        .filter(|filters| !filters.is_empty()))
}

/// A kind of thing that can be listed.
trait Listed {
    const KIND: &'static str;
    fn id(&self) -> u64;
    /// The id in a list: the name, for users.
    fn shown_id(&self) -> String {
        self.id().to_string()
    }
    fn name(&self) -> &str;
    fn field(&self, view: &View<'_>, name: &str) -> Value;
    /// Whether a search may ask for this field; else the condition has no effect.
    fn searchable(_field: &str) -> bool {
        true
    }
}

impl Listed for super::data::Queue {
    const KIND: &'static str = "queue";
    fn id(&self) -> u64 {
        self.id
    }
    fn name(&self) -> &str {
        &self.name
    }
    fn field(&self, view: &View<'_>, name: &str) -> Value {
        view.queue_field(self, name)
    }
}

impl Listed for CustomField {
    const KIND: &'static str = "customfield";
    fn id(&self) -> u64 {
        self.id
    }
    fn name(&self) -> &str {
        &self.name
    }
    fn field(&self, _view: &View<'_>, name: &str) -> Value {
        custom_field_value(self, name)
    }
}

impl Listed for super::data::User {
    const KIND: &'static str = "user";
    fn id(&self) -> u64 {
        self.id
    }
    fn shown_id(&self) -> String {
        self.name.clone()
    }
    fn name(&self) -> &str {
        &self.name
    }
    fn field(&self, view: &View<'_>, name: &str) -> Value {
        view.user_field(self, name)
    }
    fn searchable(field: &str) -> bool {
        matches!(field, "id" | "Name" | "RealName" | "EmailAddress")
    }
}

/// `/queues/all` and `/queues`.
pub(super) fn queues(call: &Call<'_>, all: bool) -> Response {
    let disabled_too = params::last(&call.params, "find_disabled_rows")
        .is_some_and(|on| on != "0" && !on.is_empty());
    let rows = call
        .view
        .data
        .queues
        .iter()
        .filter(|queue| disabled_too || !queue.disabled)
        .collect();
    let superuser = call.view.account.administers();
    list(call, rows, all, superuser, |queue| {
        call.view.account.sees(queue)
    })
}

/// `/customfields`: to those who administer, and empty to others.
pub(super) fn custom_fields(call: &Call<'_>) -> Response {
    let superuser = call.view.account.administers();
    list(
        call,
        call.view.data.custom_fields.iter().collect(),
        false,
        superuser,
        |_| superuser,
    )
}

/// `/queue/N/customfields`: likewise.
pub(super) fn custom_fields_of(call: &Call<'_>, queue: &str) -> Response {
    let superuser = call.view.account.administers();
    let data = call.view.data;
    let ids = data
        .queue(queue)
        .map(|queue| queue.custom_fields.clone())
        .unwrap_or_default();
    let rows = ids.iter().filter_map(|id| data.custom_field(*id)).collect();
    list(call, rows, true, superuser, |_| superuser)
}

/// `/users`.
pub(super) fn users(call: &Call<'_>) -> Response {
    let rows = call
        .view
        .data
        .users
        .iter()
        .filter(|user| !user.disabled)
        .collect();
    list(call, rows, true, true, |_| true)
}

/// The page is cut first and the hidden rows taken out of it then, so pages may be short.
fn list<T: Listed>(
    call: &Call<'_>,
    mut rows: Vec<&T>,
    all_without_search: bool,
    counts: bool,
    visible: impl Fn(&T) -> bool,
) -> Response {
    let filters = match filters(call) {
        Ok(filters) => filters,
        Err(refusal) => return refusal,
    };
    match filters {
        Some(filters) => rows.retain(|row| {
            let asked = filters.iter().filter(|filter| T::searchable(&filter.field));
            asked
                .into_iter()
                .all(|filter| filter.holds(&row.field(&call.view, &filter.field)))
        }),
        None if all_without_search => {}
        None => rows.clear(),
    }
    rows.sort_by_key(|row| row.name().to_lowercase());
    if params::last(&call.params, "orderby").is_some_and(|column| column.eq_ignore_ascii_case("id"))
    {
        rows.sort_by_key(|row| row.id());
    }
    if params::last(&call.params, "order").is_some_and(|order| order.eq_ignore_ascii_case("DESC")) {
        rows.reverse();
    }
    let page = Page::of(&call.params);
    let fields = Fields::of(&call.params).named();
    let shown = page.cut(&rows).iter().filter(|row| visible(row));
    let items = shown.map(|row| {
        let mut item = call.view.pointer(T::KIND, &row.shown_id());
        for field in &fields {
            item.insert(field.clone(), row.field(&call.view, field));
        }
        Value::Object(item)
    });
    let items = items.collect();
    let total = counts.then_some(rows.len() as u64);
    let mut shuffle: Shuffle = json::Shuffle::new(call.seed);
    answers::document(&envelope(call, items, page, total), &mut shuffle)
}
