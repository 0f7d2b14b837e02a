//! Who asks, and where.

use crate::client::{Client, desk, form, given, here, operations, reader, with};
use sgi_host::Error;
use sgi_test_desks::itop::{
    Account, PORTAL, READER, READER_TOKEN, TOKEN_OF_ANOTHER_SCOPE, WITHOUT_REST,
};
use sgi_test_desks::{Fault, ITopDesk, ITopOptions};

const TOKEN: Account = (READER.0, READER_TOKEN);

/// That the account is not let in, and that the message says what to look at.
fn assert_bad_login(client: &Client, password: &str) {
    for refused in [client.check().unwrap_err(), client.refusal("4")] {
        assert!(matches!(refused, Error::BadCredentials(_)), "{refused}");
        let said = refused.to_string();
        assert!(said.contains("option \"credential\""), "{said}");
        assert!(said.contains("allowed_login_types"), "{said}");
        assert!(!said.contains(password), "{said}");
    }
}

pub(crate) fn a_password_goes_in_the_form_in_a_header_or_as_a_token() {
    let desk = desk();
    for (account, credential) in [(READER, "form"), (READER, "basic"), (TOKEN, "token")] {
        desk.clear();
        let client = with(&desk, account, &[("credential", credential)]);
        assert_eq!(client.ids("4"), [65, 69]);
        for seen in desk.requests() {
            let form = form(&seen);
            let fields = ["auth_user", "auth_pwd"].map(|name| form.get(name).map(String::as_str));
            let in_form = credential == "form";
            assert_eq!(
                fields,
                [READER.0, READER.1].map(|text| in_form.then_some(text))
            );
            let authorization = seen.header("authorization").unwrap_or_default();
            assert_eq!(authorization.starts_with("Basic "), credential == "basic");
            let token = (credential == "token").then_some(READER_TOKEN);
            assert_eq!(seen.header("auth-token"), token);
            assert_eq!(seen.target, "/webservices/rest.php?version=1.3");
        }
    }
}

/// Unknown and wrong are alike: iTop does not say which names it has.
pub(crate) fn a_bad_login_is_a_code_in_an_answer_of_200() {
    let desk = desk();
    for account in [
        ("nosuchuser", "some-password-1"),
        (READER.0, "some-password-1"),
    ] {
        assert_bad_login(&with(&desk, account, &[]), account.1);
    }
    let sound = reader(&desk);
    sound.check().unwrap();
    desk.set_password(READER.0, None);
    assert!(matches!(sound.refusal("4"), Error::BadCredentials(_)));
}

pub(crate) fn basic_that_is_not_let_in_is_a_bad_login() {
    let desk = ITopDesk::start(ITopOptions {
        basic: false,
        ..ITopOptions::default()
    });
    assert_bad_login(&with(&desk, READER, &[("credential", "basic")]), READER.1);
    assert_eq!(reader(&desk).ids("4"), [65, 69], "the form still does");
}

pub(crate) fn a_token_decides_alone_and_needs_the_scope_rest() {
    let desk = desk();
    let other = (READER.0, TOKEN_OF_ANOTHER_SCOPE);
    for (account, credential) in [(other, "token"), (TOKEN, "form"), (TOKEN, "basic")] {
        let client = with(&desk, account, &[("credential", credential)]);
        assert_bad_login(&client, account.1);
    }
    let without_extension = ITopDesk::start(ITopOptions {
        token: false,
        ..ITopOptions::default()
    });
    let client = with(&without_extension, TOKEN, &[("credential", "token")]);
    assert_bad_login(&client, READER_TOKEN);
}

/// A right of the account, in an answer with the code of a bad login.
fn assert_forbidden(account: Account, advice: &str) {
    let desk = desk();
    let client = with(&desk, account, &[]);
    for refused in [client.check().unwrap_err(), client.refusal("4")] {
        assert!(matches!(refused, Error::Forbidden(_)), "{refused}");
        let said = refused.to_string();
        assert!(said.contains(account.0) && said.contains(advice), "{said}");
    }
}

pub(crate) fn an_account_without_the_rest_profile_is_told_so() {
    assert_forbidden(WITHOUT_REST, "give it the profile \"REST Services User\"");
}

pub(crate) fn a_portal_user_is_told_so() {
    assert_forbidden(PORTAL, "without the profile \"Portal user\"");
}

/// `core/check_credentials` says yes to accounts that may nothing, and is one more place for a password.
pub(crate) fn the_connection_is_tried_by_the_list_of_operations() {
    let desk = desk();
    reader(&desk).check().unwrap();
    let verbs: Vec<_> = operations(&desk)
        .iter()
        .map(|operation| operation["operation"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(verbs[0], "list_operations");
    assert!(!verbs.iter().any(|verb| verb == "core/check_credentials"));
}

pub(crate) fn a_path_in_the_address_stays() {
    let desk = ITopDesk::start(ITopOptions {
        web_path: "/cmdb/itop".to_owned(),
        ..ITopOptions::default()
    });
    for slashes in ["", "/", "///"] {
        desk.clear();
        let url = format!("{}{slashes}", desk.url());
        assert_eq!(Client::open(given(&url, READER, &[])).ids("4"), [65, 69]);
        for seen in desk.requests() {
            assert_eq!(seen.target, "/cmdb/itop/webservices/rest.php?version=1.3");
        }
    }
}

pub(crate) fn an_address_that_is_not_itops_is_found_out() {
    let assert_wrong = |error: &Error| {
        let wrong = matches!(error, Error::InvalidSetting { key, .. } if key == "url");
        assert!(wrong, "{error}");
    };
    let desk = ITopDesk::start(ITopOptions {
        web_path: "/itop".to_owned(),
        ..ITopOptions::default()
    });
    let root = format!("http://{}", desk.addr());
    for path in ["", "/nowhere", "/itop/pages", "/itop/webservices/rest.php"] {
        let url = format!("{root}{path}");
        assert_wrong(&Client::open(given(&url, READER, &[])).check().unwrap_err());
    }
    for fault in [
        Fault::Html,
        Fault::Redirect("https://sso.example.org/".to_owned()),
    ] {
        desk.set_fault(Some(fault));
        assert_wrong(&reader(&desk).check().unwrap_err());
    }
}

/// iTop itself answers 200; these come from what stands before it.
pub(crate) fn a_web_server_in_front_can_refuse_by_itself() {
    let (desk, client) = here();
    for (status, said) in [(401, "web server in front"), (403, "HTTP 403")] {
        desk.set_fault(Some(Fault::status(status, "<h1>geheim</h1>")));
        let refused = client.check().unwrap_err();
        let kind = match status {
            401 => matches!(refused, Error::BadCredentials(_)),
            _ => matches!(refused, Error::Forbidden(_)),
        };
        let shown = format!("{refused} {:?}", refused.detail());
        assert!(kind && shown.contains(said), "{shown}");
        assert!(!shown.contains("geheim"), "{shown}");
    }
}
