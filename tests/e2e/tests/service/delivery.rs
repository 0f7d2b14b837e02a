//! Entries of desks that come and go through the API reach the CMDB as those of the file do.

use serde_json::{Value, json};
use sgi_e2e::desks::{AnyDesk, SetUp, start};
use sgi_e2e::{Served, Sgi};
use sgi_test_desks::IDoit;
use sgi_test_desks::idoit::{API_KEY, IDoitOptions, ObjectRow};
use std::time::{Duration, Instant};

/// i-doit tells entries of RT from others by their source: also where a desk was made through the API, becomes an
/// RT, or is none any more, and after a restart.
#[test]
fn entries_of_desks_that_were_made_through_the_api_say_whether_they_are_of_rt() {
    let (rt, itop) = (
        start("rt", &SetUp::default()),
        start("itop", &SetUp::default()),
    );
    let idoit = IDoit::start(IDoitOptions::default());
    idoit.add_object(ObjectRow::new(1001, "srv-db-01"));
    let sgi = Sgi::with_config(&format!(
        "[cmdb]\nkind = \"i-doit\"\nurl = {:?}\nkey = {API_KEY:?}\ninterval = \"1s\"\nsettle_time = \"1s\"\n",
        idoit.url(),
    ));
    let table = |desk: &dyn AnyDesk| {
        let mut table = desk.table();
        table["logbook"] = json!({ "interval": 1, "since": "2025-01-01" });
        table
    };
    // The source of what is told of a ticket, once it is there.
    let source = |subject: &str| {
        let began = Instant::now();
        loop {
            let log = idoit.logbook();
            let of = |text: &str| text.contains(subject);
            if let Some(row) = log
                .iter()
                .find(|row| of(&row.event) || of(&row.description))
            {
                return row.source.clone();
            }
            assert!(began.elapsed() < Duration::from_secs(60), "{subject}");
            std::thread::sleep(Duration::from_millis(50));
        }
    };
    let read = |served: &Served, desk: &str| {
        served.until(desk, |desk| desk["logbook"]["read"] != Value::Null);
    };
    let mut served = Served::start(&sgi);
    let (one, other) = ("/api/v1/desks/one", "/api/v1/desks/other");
    assert_eq!(served.put(one, &table(&*rt)).status, 201);
    assert_eq!(served.put(other, &table(&*itop)).status, 201);
    read(&served, one);
    read(&served, other);
    rt.add("first of RT", &["1001"]);
    itop.add("first of iTop", &["1001"]);
    let (of_rt, of_others) = (source("first of RT"), source("first of iTop"));
    assert!(of_rt.ends_with("RT"), "{of_rt}");
    assert_ne!(of_rt, of_others);
    served.kill();
    served = Served::start(&sgi);
    read(&served, one);
    rt.add("second of RT", &["1001"]);
    assert_eq!(source("second of RT"), of_rt);
    // The one becomes an iTop.
    assert_eq!(served.put(one, &table(&*itop)).status, 200);
    assert_eq!(served.delete(other).status, 204);
    read(&served, one);
    itop.add("second of iTop", &["1001"]);
    assert_eq!(source("second of iTop"), of_others);
}
