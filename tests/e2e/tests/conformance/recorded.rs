//! What real desks have answered, whole or damaged, to whatever is asked.

use serde_json::Value;
use sgi_e2e::client::{Client, settings, with_options};
use sgi_e2e::desks::{SetUp, start};
use sgi_host::{Filter, Object};
use sgi_test_desks::http::mangle;
use sgi_test_desks::{Dice, Fault};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

/// How often each recorded answer is given.
const TIMES: usize = 3;

fn recorded(kind: &str) -> Vec<Fault> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../recordings")
        .join(kind);
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    let answers = files.iter().filter_map(|file| {
        let recording: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        let response = &recording["response"];
        let headers = response["headers"].as_array()?.iter().map(|header| {
            let text = |part: usize| header[part].as_str().unwrap().to_owned();
            (text(0), text(1))
        });
        let kind = headers.filter(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        Some(Fault::Status {
            code: u16::try_from(response["status"].as_u64()?).unwrap(),
            headers: kind.collect(),
            body: response["body"].as_str()?.as_bytes().to_vec(),
        })
    });
    answers.collect()
}

/// One call after the other, by a connector that knows its desk, gets a recorded answer in place of its own:
/// as it was, or damaged.
pub(crate) fn no_recorded_answer_however_damaged_makes_the_connector_crash(kind: &str) {
    let desk = start(kind, &SetUp::default());
    let answers = recorded(kind);
    assert!(answers.len() > 100, "{}", answers.len());
    let transports: &[&[(&str, &str)]] = match kind {
        "otrs" => &[&[("transport", "rest")], &[("transport", "soap")]],
        _ => &[&[]],
    };
    for transport in transports {
        let options = [desk.options(), transport].concat();
        let mut settings = with_options(settings(kind, &desk.url(), desk.account()), &options);
        settings.limits.settle_time = Duration::ZERO;
        let client = Client::open(settings);
        let draft = sgi_host::Draft::new(vec![Object::new("1001")], "Recorded").unwrap();
        let mut dice = Dice::new(7);
        let mut outcomes = BTreeMap::new();
        for answer in answers
            .iter()
            .flat_map(|answer| std::iter::repeat_n(answer, TIMES))
        {
            desk.set_fault(None);
            client.check().unwrap();
            let mut answer = answer.clone();
            if let Fault::Status { body, .. } = &mut answer
                && dice.roll(3) > 0
            {
                *body = mangle(body, dice.below(u64::MAX));
            }
            desk.set_fault(Some(answer));
            let code = match dice.roll(7) {
                0 => client.check().map(drop).map_err(|error| error.code()),
                1 => client
                    .ask("1001", Filter::All)
                    .map(drop)
                    .map_err(|error| error.code()),
                2 => client
                    .ask("42", Filter::Open)
                    .map(drop)
                    .map_err(|error| error.code()),
                3 => client.ticket("1").map(drop).map_err(|error| error.code()),
                4 => client
                    .find_created(&draft)
                    .map(drop)
                    .map_err(|error| error.code()),
                5 => client
                    .create(&draft)
                    .map(drop)
                    .map_err(|error| error.code()),
                _ => client
                    .since(None, None, 50)
                    .map(drop)
                    .map_err(|error| error.code),
            };
            let code = code.err().unwrap_or("ok");
            assert!(!matches!(code, "connector" | "host"), "{code}");
            *outcomes.entry(code).or_insert(0) += 1;
        }
        // What was answered made a difference.
        assert!(outcomes.contains_key("ok"), "{outcomes:?}");
        assert!(outcomes.contains_key("protocol"), "{outcomes:?}");
        assert!(outcomes.len() >= 4, "{outcomes:?}");
    }
}
