//! Whole calls against the test desk: what is asked, and what comes of it.

mod authoring;
mod changes;
mod check;
mod reading;

use crate::knowledge::Knowledge;
use crate::list;
use crate::testing::message;
use sgi_guest::connector::Report;
use sgi_guest::tickets::{Filter, Page, Query};
use sgi_guest::types::{Object, Ticket};
use sgi_guest::{DeskSettings, OptionValue, Settings};
use sgi_test_desks::itop::{Account, READER};
use sgi_test_desks::{ITopDesk, ITopOptions};

fn settings(desk: &ITopDesk, account: Account, options: &[(&str, &str)]) -> Settings {
    Settings::given(DeskSettings {
        url: desk.url(),
        link_url: "https://people.example.org/itop".to_owned(),
        username: account.0.to_owned(),
        password: account.1.to_owned(),
        options: options
            .iter()
            .chain(&[("time-zone", "Europe/Berlin")])
            .map(|(key, value)| OptionValue {
                key: (*key).to_owned(),
                values: vec![(*value).to_owned()],
            })
            .collect(),
        learned: None,
    })
}

/// A desk that was looked over.
struct Known {
    desk: ITopDesk,
    settings: Settings,
    report: Report,
    knowledge: Knowledge,
}

fn known(desk: ITopOptions, options: &[(&str, &str)]) -> Known {
    let desk = ITopDesk::start(desk);
    let settings = settings(&desk, READER, options);
    let report =
        crate::check::check(&settings).unwrap_or_else(|error| panic!("{}", message(&error)));
    let knowledge = serde_json::from_slice(&report.learned).expect("knowledge");
    desk.clear();
    Known {
        desk,
        settings,
        report,
        knowledge,
    }
}

fn object(id: &str, title: Option<&str>) -> Object {
    Object {
        id: id.to_owned(),
        title: title.map(str::to_owned),
        url: Some(format!("https://cmdb.example.org/?objID={id}")),
        kind: None,
        attributes: Vec::new(),
    }
}

impl Known {
    fn page(&self, object: Object, filter: Filter, next: Option<String>, limit: u32) -> Page {
        let query = Query {
            object,
            filter,
            known: None,
            next,
            limit,
        };
        list::page(&self.settings, &self.knowledge, &query)
            .unwrap_or_else(|error| panic!("{}", message(&error)))
    }

    fn all(&self, id: &str, title: Option<&str>) -> Vec<Ticket> {
        self.page(object(id, title), Filter::All, None, 100).tickets
    }

    fn messages(&self) -> Vec<&str> {
        let findings = self.report.findings.iter();
        findings
            .map(|finding| finding.problem.message.as_str())
            .collect()
    }
}
