//! Who asks, and where.

use crate::client::{account, reader, with};
use sgi_host::Error;
use sgi_test_desks::rt::{DISABLED, NO_RIGHTS, READER, READER_TOKEN};
use sgi_test_desks::{Fault, RtDesk, RtOptions};

pub(crate) fn a_password_and_a_token_are_told_apart_by_the_scheme(url: &str) {
    let token = (READER.0, READER_TOKEN);
    let credential = |as_what| [("credential", as_what)];
    assert_eq!(reader(url).ids("4"), [6]);
    assert_eq!(with(url, token, &credential("token")).ids("4"), [6]);
    for (account, as_what) in [(token, "password"), (READER, "token")] {
        let refused = with(url, account, &credential(as_what)).refusal("4");
        assert!(matches!(refused, Error::BadCredentials(_)), "{refused}");
    }
}

pub(crate) fn unknown_wrong_and_disabled_accounts_are_refused_alike(url: &str) {
    let unknown = ("nosuchuser", "some-password-1");
    let wrong = (READER.0, "some-password-1");
    for (name, password) in [unknown, wrong, DISABLED] {
        let refused = account(url, (name, password)).check().unwrap_err();
        assert!(matches!(refused, Error::BadCredentials(_)), "{refused}");
        let said = refused.to_string();
        assert!(said.contains(name) && said.contains("enabled"), "{said}");
        assert!(!said.contains(password), "{said}");
    }
    // Without rights, but let in.
    assert!(account(url, NO_RIGHTS).check().is_ok());
}

/// That the address is wrong, and that the message says so.
fn assert_wrong_address(error: &Error) {
    assert!(
        matches!(error, Error::InvalidSetting { key, .. } if key == "url"),
        "{error}"
    );
    assert!(
        error.to_string().contains("is not the base address"),
        "{error}"
    );
}

pub(crate) fn a_wrong_base_path_is_a_redirect_and_no_error(url: &str) {
    for path in ["/nowhere", "/Ticket", "/REST/2.0"] {
        assert_wrong_address(&reader(&format!("{url}{path}")).check().unwrap_err());
    }
}

pub(crate) fn a_redirect_is_not_followed() {
    let other = RtDesk::start(RtOptions::default());
    let desk = RtDesk::start(RtOptions::default());
    let sound = reader(&desk.url());
    sound.check().unwrap();
    for target in [other.url(), format!("{}/elsewhere", desk.url())] {
        desk.clear();
        desk.set_fault(Some(Fault::Redirect(target)));
        assert_wrong_address(&sound.refusal("4"));
        assert_eq!(desk.requests().len(), 1);
    }
    assert!(other.requests().is_empty());
}

pub(crate) fn an_rt_without_rest_2_sends_to_its_login_page() {
    let desk = RtDesk::start(RtOptions::default());
    let login = format!("{}/NoAuth/Login.html?next=1", desk.url());
    desk.set_fault(Some(Fault::Redirect(login)));
    let refused = reader(&desk.url()).check().unwrap_err();
    assert_wrong_address(&refused);
    assert!(
        refused.to_string().contains("RT 5 with REST 2.0"),
        "{refused}"
    );
}

pub(crate) fn slashes_at_the_end_of_the_address_do_not_count(url: &str) {
    let tickets = reader(&format!("{url}///")).tickets("4");
    assert_eq!(tickets[0].url, format!("{url}/Ticket/Display.html?id=6"));
}

pub(crate) fn a_path_in_the_address_stays() {
    let desk = RtDesk::start(RtOptions {
        web_path: "/cmdb/rt".to_owned(),
        ..RtOptions::default()
    });
    let reader_below = reader(&format!("{}/", desk.url()));
    assert_eq!(reader_below.ids("4"), [6]);
    for seen in desk.requests() {
        assert!(seen.target.starts_with("/cmdb/rt/REST/2.0/"), "{seen:?}");
    }
    let at_the_root = format!("http://{}", desk.addr());
    assert_wrong_address(&reader(&at_the_root).check().unwrap_err());
}

pub(crate) fn the_version_stands_at_an_address_of_its_own(url: &str) {
    let report = reader(url).check().unwrap();
    assert_eq!(report.product, "Request Tracker");
    assert!(report.version.starts_with("5.0."), "{}", report.version);
}
