//! What a connector that creates tickets may rely on, with a real Request Tracker: the link that marks a
//! ticket, and the least rights.

use std::{error::Error, time::Duration};

use serde_json::{Value, json};
use sgi_real_rt::{AGENT, AUTHOR, Account, BARE_AUTHOR, BLIND_AUTHOR, Options, READER, RealRt};

type Answer = Result<(u16, Value), Box<dyn Error>>;

const LINK: &str = "sgi:0123456789abcdef0123456789abcdef";

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(None)
        .timeout_global(Some(Duration::from_secs(30)))
        .build()
        .into()
}

fn read(answer: ureq::http::Response<ureq::Body>) -> Answer {
    let status = answer.status().as_u16();
    let text = answer.into_body().read_to_string()?;
    Ok((
        status,
        serde_json::from_str(&text).unwrap_or(Value::String(text)),
    ))
}

fn get(rt: &RealRt, account: Account, path: &str) -> Answer {
    let url = format!("{}/REST/2.0{path}", rt.url());
    read(
        agent()
            .get(url)
            .header("Authorization", account.basic())
            .call()?,
    )
}

fn send(rt: &RealRt, account: Account, method: &str, path: &str, body: &Value) -> Answer {
    let url = format!("{}/REST/2.0{path}", rt.url());
    let agent = agent();
    let request = match method {
        "POST" => agent.post(url),
        _ => agent.put(url),
    };
    let request = request.header("Authorization", account.basic());
    let request = request.header("Content-Type", "application/json");
    read(request.send(body.to_string())?)
}

/// The id of the ticket that a draft becomes.
fn create(rt: &RealRt, account: Account, draft: &Value) -> Result<String, Box<dyn Error>> {
    let (status, made) = send(rt, account, "POST", "/ticket", draft)?;
    assert_eq!(status, 201, "{made}");
    Ok(made
        .get("id")
        .and_then(Value::as_str)
        .ok_or("no id")?
        .to_owned())
}

fn draft() -> Value {
    json!({
        "Queue": "3", "Subject": "x", "Content": "y", "ContentType": "text/plain",
        "Requestor": ["erika@kunde.example"], "CustomFields": {"2": ["4711"], "3": "1"},
        "RefersTo": LINK,
    })
}

/// What a search finds: ids, with the objects of each.
fn found(
    rt: &RealRt,
    account: Account,
    query: &str,
) -> Result<Vec<(String, Value)>, Box<dyn Error>> {
    let query = query
        .replace(' ', "%20")
        .replace('{', "%7B")
        .replace('}', "%7D");
    let path = format!("/tickets?query={query}&orderby=id&fields=CustomFields");
    let (_, list) = get(rt, account, &path)?;
    let objects = |item: &Value| {
        let fields = item["CustomFields"].as_array().into_iter().flatten();
        let field = fields.into_iter().find(|field| field["id"] == "2");
        field.map_or(Value::Null, |field| field["values"].clone())
    };
    let items = list
        .get("items")
        .and_then(Value::as_array)
        .ok_or("no items")?;
    items
        .iter()
        .map(|item| {
            Ok((
                item["id"].as_str().ok_or("no id")?.to_owned(),
                objects(item),
            ))
        })
        .collect()
}

#[test]
fn a_created_ticket_is_found_by_its_link_at_once_and_by_no_other() {
    let rt = RealRt::start(Options::default()).unwrap();
    let marked = format!("RefersTo = '{LINK}'");
    assert!(found(&rt, READER, &marked).unwrap().is_empty());
    let id = create(&rt, AUTHOR, &draft()).unwrap();
    let one = vec![(id.clone(), json!(["4711"]))];
    assert_eq!(found(&rt, AUTHOR, &marked).unwrap(), one);
    assert_eq!(found(&rt, READER, &marked).unwrap(), one);
    let beginning = &marked[..marked.len() - 2];
    assert!(
        found(&rt, READER, &format!("{beginning}'"))
            .unwrap()
            .is_empty()
    );

    // Nothing of the link is in the history.
    let (_, history) = get(&rt, READER, &format!("/ticket/{id}/history?fields=Type")).unwrap();
    let types: Vec<&Value> = history["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["Type"])
        .collect();
    assert_eq!(types, ["Create"]);
}

#[test]
fn the_link_goes_into_the_ticket_that_another_is_merged_into() {
    let rt = RealRt::start(Options::default()).unwrap();
    let id = create(&rt, AUTHOR, &draft()).unwrap();
    let path = format!("/ticket/{id}");
    assert_eq!(
        send(&rt, AGENT, "PUT", &path, &json!({"MergeInto": "2"}))
            .unwrap()
            .0,
        200
    );
    let ids: Vec<String> = found(&rt, READER, &format!("RefersTo = '{LINK}'"))
        .unwrap()
        .into_iter()
        .map(|(id, _)| id)
        .collect();
    assert_eq!(ids, ["2"]);
}

#[test]
fn each_right_that_is_missing_shows_in_its_own_way() {
    let rt = RealRt::start(Options::default()).unwrap();
    let (status, refusal) = send(&rt, READER, "POST", "/ticket", &draft()).unwrap();
    assert_eq!((status, refusal["message"].is_string()), (403, true));

    // Without SetInitialCustomField the fields are left out; the link is there all the same.
    let id = create(&rt, BARE_AUTHOR, &draft()).unwrap();
    let marked = format!("RefersTo = '{LINK}'");
    assert_eq!(found(&rt, BARE_AUTHOR, &marked).unwrap(), [(id, json!([]))]);

    // Without ShowTicket nothing can be read back.
    let mut other = draft();
    other["RefersTo"] = json!("sgi:another-0123456789abcdef");
    let id = create(&rt, BLIND_AUTHOR, &other).unwrap();
    let marked = "RefersTo = 'sgi:another-0123456789abcdef'";
    assert!(found(&rt, BLIND_AUTHOR, marked).unwrap().is_empty());
    assert_eq!(
        get(&rt, BLIND_AUTHOR, &format!("/ticket/{id}")).unwrap().0,
        403
    );
    assert_eq!(found(&rt, READER, marked).unwrap(), [(id, json!(["4711"]))]);

    // To change a ticket needs another right.
    let id = create(&rt, AUTHOR, &draft()).unwrap();
    let (_, said) = send(
        &rt,
        AUTHOR,
        "PUT",
        &format!("/ticket/{id}"),
        &json!({"Subject": "z"}),
    )
    .unwrap();
    assert!(
        said[0].as_str().unwrap().contains("Permission Denied"),
        "{said}"
    );
}

#[test]
fn a_ticket_that_rt_fails_at_is_not_there() {
    let rt = RealRt::start(Options::default()).unwrap();
    let mut draft = draft();
    draft["CustomFields"] = json!({"2": ["4711"], "999": "no such field"});
    assert_eq!(send(&rt, AUTHOR, "POST", "/ticket", &draft).unwrap().0, 500);
    assert!(
        found(&rt, READER, &format!("RefersTo = '{LINK}'"))
            .unwrap()
            .is_empty()
    );
    assert!(found(&rt, READER, "CF.{2} = '4711'").unwrap().is_empty());
}
