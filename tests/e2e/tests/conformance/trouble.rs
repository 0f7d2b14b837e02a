//! A desk in trouble: each trouble has its typed error, and none shows a secret or a page of the server.

use sgi_e2e::Sgi;
use sgi_e2e::client::{Client, settings, with_options};
use sgi_e2e::desks::{SetUp, start};
use sgi_host::{Error, Filter, Object};
use sgi_test_desks::Fault;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

fn code<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    match result {
        Ok(_) => "ok".to_owned(),
        Err(error) => error.code().to_owned(),
    }
}

pub(crate) fn a_wrong_password_is_told_and_nothing_of_it_is_shown(kind: &str) {
    let desk = start(kind, &SetUp::default());
    let account = (desk.account().0, "wrong-secret-77");
    let settings = with_options(settings(kind, &desk.url(), account), desk.options());
    let client = Client::open(settings);
    for error in [
        client.check().map(drop),
        client.ask("1001", Filter::All).map(drop),
    ] {
        let error = error.unwrap_err();
        assert_eq!(error.code(), "bad-credentials", "{error:?}");
        assert!(
            !format!("{error:?}").contains("wrong-secret-77"),
            "{error:?}"
        );
        assert!(error.to_string().contains(desk.account().0), "{error}");
    }
}

/// Desks lock accounts after a few.
pub(crate) fn calls_that_begin_together_try_a_wrong_password_once(kind: &str) {
    let desk = start(
        kind,
        &SetUp {
            latency: Duration::from_millis(100),
            ..SetUp::default()
        },
    );
    let account = (desk.account().0, "wrong-secret-77");
    let settings = with_options(settings(kind, &desk.url(), account), desk.options());
    let client = Client::open(settings);
    for attempts in 1..=2 {
        // Those that begin later try again: the password may have been mended.
        for outcome in client.outcomes_at_once("1001", 8) {
            assert_eq!(code(outcome), "bad-credentials");
        }
        assert_eq!(desk.requests().len(), attempts);
    }
}

pub(crate) fn calls_that_wait_for_a_check_that_blocks_are_told_what_it_found(kind: &str) {
    let desk = start(kind, &SetUp::default());
    let option = match kind {
        "itop" => "objects-attribute",
        _ => "objects-field",
    };
    let settings = with_options(desk.settings(), &[(option, "nowhere")]);
    for outcome in Client::open(settings).outcomes_at_once("1001", 6) {
        let error = outcome.unwrap_err();
        let Error::InvalidSetting { key, .. } = &error else {
            panic!("{error:?}")
        };
        assert_eq!(key, option);
    }
}

pub(crate) fn a_password_that_changes_is_noticed(kind: &str) {
    let desk = start(kind, &SetUp::default());
    let client = desk.client();
    client.tickets("1001");
    desk.change_password();
    if kind == "otrs" {
        // Its session outlives the password; a new process has none.
        assert_eq!(code(desk.client().check()), "bad-credentials");
    } else {
        assert_eq!(code(client.ask("1001", Filter::All)), "bad-credentials");
    }
}

pub(crate) fn a_wrong_path_is_told_as_a_wrong_url(kind: &str) {
    let desk = start(kind, &SetUp::default());
    let url = format!("{}/nowhere", desk.url());
    let settings = with_options(settings(kind, &url, desk.account()), desk.options());
    let error = Client::open(settings).check().unwrap_err();
    let Error::InvalidSetting { key, .. } = &error else {
        panic!("{error:?}")
    };
    assert_eq!(key, "url");
}

pub(crate) fn every_fault_has_a_typed_error_and_no_page_of_the_server(kind: &str) {
    let desk = start(kind, &SetUp::default());
    let mut settings = desk.settings();
    settings.network.request_timeout = Duration::from_millis(1500);
    settings.network.max_response = 1 << 20;
    let client = Client::open(settings);
    client.tickets("1001");
    let page = "<html><body>Internal path /opt/desk/lib/Secret.pm line 7</body></html>";
    let table: [(Fault, &[&str]); 13] = [
        (Fault::status(500, page), &["unavailable"]),
        (Fault::status(502, page), &["unavailable"]),
        (Fault::status(503, page), &["unavailable"]),
        (Fault::RateLimited("17".to_owned()), &["rate-limited"]),
        (Fault::status(200, page), &["protocol", "invalid-setting"]),
        (Fault::Garbage, &["protocol"]),
        (Fault::CloseWithoutAnswer, &["unavailable"]),
        (Fault::Reset, &["unavailable"]),
        (Fault::CutBodyAfter(20), &["protocol"]),
        (Fault::EndlessBody, &["protocol", "unavailable"]),
        (Fault::EndlessHeaders, &["protocol"]),
        (Fault::Hang, &["unavailable"]),
        (
            Fault::Redirect("http://169.254.169.254/latest/meta-data".to_owned()),
            &["invalid-setting", "protocol"],
        ),
    ];
    for (fault, codes) in table {
        let what = format!("{fault:?}");
        desk.set_fault(Some(fault));
        for error in [
            client.ask("1001", Filter::All).map(drop),
            client.ticket("1").map(drop),
            client.check().map(drop),
        ] {
            let error = error.expect_err(&what);
            assert!(codes.contains(&error.code()), "{what}: {error:?}");
            let all = format!("{error} {:?}", error.detail());
            assert!(
                !all.contains("Secret.pm") && !all.contains('<'),
                "{what}: {all}"
            );
            if let Error::RateLimited { retry_after, .. } = error {
                assert_eq!(retry_after, Some(Duration::from_secs(17)));
            }
        }
    }
    desk.set_fault(None);
    assert!(!client.tickets("1001").is_empty(), "it recovers");
}

/// Every answer is damaged in another way. Whatever comes of it: never a crash of the connector, and never
/// the host's own failure.
pub(crate) fn no_damaged_answer_makes_the_connector_crash(kind: &str) {
    let desk = start(kind, &SetUp::default());
    let mut settings = desk.settings();
    settings.limits.settle_time = Duration::ZERO;
    let client = Client::open(settings.clone());
    client.tickets("1001");
    desk.set_fault(Some(Fault::Mangle(Arc::new(AtomicU64::new(1)))));
    let mut typed = 0;
    for _ in 0..150 {
        let draft = sgi_host::Draft::new(vec![Object::new("1001")], "Mangled").unwrap();
        for error in [
            client.check().map(drop),
            client.ask("1001", Filter::All).map(drop),
            client.ask("42", Filter::Open).map(drop),
            client.ticket("1").map(drop),
            client.find_created(&draft).map(drop),
        ] {
            let Err(error) = error else { continue };
            typed += 1;
            assert!(!matches!(error.code(), "connector" | "host"), "{error:?}");
        }
    }
    assert!(typed > 100, "the damage did nothing: {typed}");
}

pub(crate) fn a_password_that_the_desk_echoes_is_never_shown(kind: &str) {
    let desk = start(kind, &SetUp::default());
    let sgi = Sgi::with_config(&desk.toml("desk"));
    assert_eq!(sgi.run(&["check"]).status, 0);
    desk.set_fault(Some(Fault::EchoSecret));
    for arguments in [["-vv", "check"].as_slice(), &["-vv", "tickets", "1001"]] {
        let ran = sgi.run(arguments);
        assert_ne!(ran.status, 0);
        let all = format!("{}{}", ran.out, ran.err);
        assert!(!all.contains(desk.account().1), "{all}");
    }
}
