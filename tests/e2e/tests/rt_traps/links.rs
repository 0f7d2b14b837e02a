//! Addresses for people.

use crate::client::{open, reader, settings, with};
use sgi_host::{Form, Object};
use sgi_test_desks::rt::READER;

const FIELD: &str = "Object-RT%3A%3ATicket--CustomField-2-Values=1001";

fn forms(url: &str, options: &[(&str, &str)]) -> Vec<Form> {
    with(url, READER, options).forms(&Object::new("1001"))
}

fn labels(forms: &[Form]) -> Vec<&str> {
    forms.iter().map(|form| form.label.as_str()).collect()
}

/// What follows the address of RT's form.
fn parameters<'a>(url: &str, form: &'a Form) -> &'a str {
    let form = form.url.strip_prefix(&format!("{url}/Ticket/Create.html?"));
    form.expect("RT's own form")
}

pub(crate) fn a_new_ticket_form_takes_the_field_by_its_id(url: &str) {
    let all = forms(url, &[]);
    assert_eq!(labels(&all), ["General", "Hardware", "Incidents"]);
    assert_eq!(parameters(url, &all[0]), format!("Queue=1&{FIELD}"));
    assert_eq!(all[0].note, None);
    let of_tenant = forms(url, &[("tenant", "2")]);
    let tenant = "Object-RT%3A%3ATicket--CustomField-3-Values=2";
    assert_eq!(
        parameters(url, &of_tenant[0]),
        format!("Queue=1&{FIELD}&{tenant}")
    );
}

pub(crate) fn a_parameter_is_never_repeated(url: &str) {
    let mut object = Object::new("1001");
    object.title = Some("srv-db-01 & <b>".to_owned());
    object.url = Some("https://cmdb.example/?objID=1001".to_owned());
    for extension in ["true", "false"] {
        let options = [("tenant", "1"), ("extension", extension)];
        for form in with(url, READER, &options).forms(&object) {
            let query = parameters(url, &form).as_bytes();
            let pairs: Vec<_> = form_urlencoded::parse(query).collect();
            let mut names: Vec<_> = pairs.iter().map(|(name, _)| name).collect();
            let count = names.len();
            names.sort();
            names.dedup();
            assert_eq!(names.len(), count, "{form:?}");
            // RT's box is one for HTML, in which a line break is nothing.
            let about = "srv-db-01 &amp; &lt;b&gt;<br />https://cmdb.example/?objID=1001";
            assert!(
                pairs.contains(&("Content".into(), about.into())),
                "{pairs:?}"
            );
        }
    }
}

pub(crate) fn the_extension_has_parameters_of_its_own(url: &str) {
    let options = [("extension", "true"), ("queues", "General")];
    let plain = forms(url, &options);
    assert_eq!(parameters(url, &plain[0]), "Queue=1&IDoitObjects=1001");
    let of_tenant = forms(url, &[options.as_slice(), &[("tenant", " 2 ")]].concat());
    let expected = "Queue=1&IDoitTenant=2&IDoitObjects=1001";
    assert_eq!(parameters(url, &of_tenant[0]), expected);
}

pub(crate) fn queues_are_trimmed_and_go_by_their_ids(url: &str) {
    let queues = [("queues", " Incidents ,, general,4, ")];
    let some = forms(url, &queues);
    assert_eq!(
        labels(&some),
        ["Incidents", "General", "Hardware"],
        "by name in any case, or by id"
    );
    for (form, id) in some.iter().zip([3, 1, 4]) {
        assert_eq!(parameters(url, form), format!("Queue={id}&{FIELD}"));
    }
    assert_eq!(with(url, READER, &queues).check().unwrap().findings, []);
}

pub(crate) fn a_queue_that_the_account_does_not_see_goes_by_its_name(url: &str) {
    let unseen = forms(url, &[("queues", "HR vertraulich,R&D = ü?")]);
    assert_eq!(
        parameters(url, &unseen[0]),
        format!("Queue=HR%20vertraulich&{FIELD}")
    );
    let encoded = format!("Queue=R%26D%20%3D%20%C3%BC%3F&{FIELD}");
    assert_eq!(parameters(url, &unseen[1]), encoded);
}

pub(crate) fn a_disabled_queue_is_found_out(url: &str) {
    for queue in ["Altlasten", "HR vertraulich", "Gibtsnicht"] {
        let finding = with(url, READER, &[("queues", queue)]).finding();
        assert_eq!(finding.key.as_deref(), Some("queues"));
        assert!(finding.message.contains(queue), "{finding:?}");
        assert!(finding.message.contains("is disabled"), "{finding:?}");
    }
    assert!(!labels(&forms(url, &[])).contains(&"Altlasten"));
}

pub(crate) fn links_can_lead_to_another_address(url: &str) {
    let for_people = "https://tickets.example.org:8443/rt";
    let mut settings = settings(url, READER);
    settings.link_url = Some(format!("{for_people}/"));
    let client = open(settings);
    let shown = format!("{for_people}/Ticket/Display.html?id=6");
    assert_eq!(client.tickets("4")[0].url, shown);
    assert_eq!(client.ticket("6").unwrap().url, shown);
    for form in client.forms(&Object::new("1001")) {
        assert!(
            form.url
                .starts_with(&format!("{for_people}/Ticket/Create.html?")),
            "{form:?}"
        );
    }
    let at_home = format!("{url}/Ticket/Display.html?id=6");
    assert_eq!(reader(url).tickets("4")[0].url, at_home);
}
