//! What iTop refuses: with HTTP 200 and a code, but for the two times that it is not there.

use crate::client::{desk, here, reader, refusal};
use sgi_host::Error;
use sgi_test_desks::itop::Mode;

/// That it may pass, and that no page of the desk is shown.
fn assert_unavailable(mode: Mode, body: &str) {
    let (desk, reader) = here();
    reader.check().unwrap();
    desk.set_mode(mode);
    for refused in [reader.check().unwrap_err(), reader.refusal("4")] {
        assert!(matches!(refused, Error::Unavailable { .. }), "{refused}");
        let shown = format!("{refused} {:?}", refused.detail());
        assert!(!shown.contains(body), "{shown}");
    }
    desk.set_mode(Mode::Normal);
    assert_eq!(reader.ids("4"), [65, 69]);
}

pub(crate) fn maintenance_is_503_and_may_pass() {
    assert_unavailable(Mode::Maintenance, "\"scripts\"");
}

pub(crate) fn a_database_that_is_down_is_500_and_html() {
    assert_unavailable(Mode::DatabaseDown, "<p>");
}

pub(crate) fn another_version_of_rest_is_a_wrong_address() {
    let desk = desk();
    for (code, said) in [
        (2, "Error: Missing parameter 'version' (e.g. '1.0')"),
        (10, "Error: There is no service available for version '1.3'"),
    ] {
        desk.set_fault(Some(refusal(code, said)));
        let refused = reader(&desk).check().unwrap_err();
        assert!(
            matches!(&refused, Error::InvalidSetting { key, .. } if key == "url"),
            "{refused}"
        );
        assert!(refused.to_string().contains("2.7 or later"), "{refused}");
    }
}

pub(crate) fn an_operation_that_is_missing_is_unsupported() {
    let desk = desk();
    let said = "Error: Unknown verb 'list_operations' in version '1.3'";
    desk.set_fault(Some(refusal(11, said)));
    let refused = reader(&desk).check().unwrap_err();
    assert!(matches!(refused, Error::Unsupported(_)), "{refused}");
}

/// Without `json_data`, with broken JSON, with a page number that is none; and what no iTop has.
pub(crate) fn codes_that_no_request_of_ours_can_earn_are_a_broken_protocol() {
    let (desk, reader) = here();
    reader.check().unwrap();
    for code in [3, 4, 13, 99] {
        desk.set_fault(Some(refusal(code, "Error: geheim")));
        let refused = reader.refusal("4");
        assert!(matches!(refused, Error::Protocol(_)), "{code}: {refused}");
        let shown = format!("{refused} {:?}", refused.detail());
        assert!(
            shown.contains(&code.to_string()) && !shown.contains("geheim"),
            "{shown}"
        );
    }
}

/// Its database, say. What an earlier check learned has nothing to do with it.
pub(crate) fn a_failure_inside_itop_may_pass() {
    let (desk, reader) = here();
    reader.check().unwrap();
    desk.clear();
    let said = "Error: Failed to issue SQL query: query = SELECT geheim, mysql_errno = 1205";
    desk.set_fault(Some(refusal(100, said)));
    for refused in [reader.refusal("4"), reader.check().unwrap_err()] {
        assert!(matches!(refused, Error::Unavailable { .. }), "{refused}");
        assert!(refused.to_string().contains("log/error.log"), "{refused}");
    }
    assert_eq!(desk.requests().len(), 2, "no check for the list's sake");
}

/// Errors of a query echo it, with the values in it.
pub(crate) fn a_refused_query_is_not_shown() {
    let (desk, reader) = here();
    reader.check().unwrap();
    for said in [
        "Error: Query failed to execute: query = SELECT Ticket WHERE stratus = 'geheim', exception_class = OqlNormalizeException",
        "Error: Unexpected token found 'ORDER' near 'SELECT geheim'",
        "Error: Failed to issue SQL query: query = SELECT geheim, mysql_errno = 1054",
    ] {
        desk.set_fault(Some(refusal(100, said)));
        for refused in [reader.refusal("4"), reader.check().unwrap_err()] {
            let shown = format!("{refused} {:?}", refused.detail());
            assert!(
                !shown.contains("SELECT") && !shown.contains("geheim"),
                "{shown}"
            );
        }
    }
}
