//! Who may use the service: tokens and their roles, other machines, other sites.

use serde_json::json;
use sgi_e2e::desks::{SetUp, start};
use sgi_e2e::{Served, Sgi};

/// A page of another site must not use the browser of somebody on this machine.
#[test]
fn a_browser_that_another_site_uses_is_sent_away() {
    let home = tempfile::tempdir().unwrap();
    let served = Served::demo(home.path());
    let url = served.url("/api/v1/desks/rt/check");
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .build()
        .into();
    let post = |headers: &[(&str, &str)]| {
        let mut request = agent.post(&url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send_empty().unwrap().status().as_u16()
    };
    assert_eq!(post(&[]), 200);
    assert_eq!(post(&[("Origin", "https://evil.example")]), 403);
    assert_eq!(post(&[("Sec-Fetch-Site", "cross-site")]), 403);
    assert_eq!(post(&[("Sec-Fetch-Site", "same-origin")]), 200);
    // A name that was made to lead here.
    assert_eq!(post(&[("Host", "rebound.evil.example")]), 421);
}

#[test]
fn who_has_a_token_may_what_its_role_says() {
    let rt = start("rt", &SetUp::default());
    let sgi = Sgi::with_config(&rt.toml("helpdesk"));
    let token = |role: &str| {
        let ran = sgi.run(&["token", "create", role, "--role", role, "--json"]);
        assert_eq!(ran.status, 0, "{ran:?}");
        ran.json()["token"].as_str().unwrap().to_owned()
    };
    let mut served = Served::start(&sgi);
    // Without any token, this machine's users may everything.
    assert_eq!(served.get("/api/v1/audit").status, 200);
    let (read, operate, administer) = (token("read"), token("operate"), token("administer"));
    let new = json!({ "objects": [{ "id": "1001" }], "subject": "x" });
    let ask = |served: &Served| {
        [
            served.get("/health/ready").status,
            served.get("/api/v1/tickets?object=1001").status,
            served.post("/api/v1/desks/helpdesk/tickets", &new).status,
            served
                .post("/api/v1/desks/helpdesk/swap", &json!({}))
                .status,
            served.get("/api/v1/audit").status,
        ]
    };
    assert_eq!(ask(&served), [200, 401, 401, 401, 401]);
    served.set_token(&read);
    assert_eq!(ask(&served), [200, 200, 403, 403, 403]);
    served.set_token(&operate);
    assert_eq!(ask(&served), [200, 200, 201, 403, 403]);
    served.set_token(&administer);
    assert_eq!(ask(&served), [200, 200, 201, 200, 200]);
    let audit = served.get("/api/v1/audit").text;
    assert!(
        audit.contains("token administer") && !audit.contains(&administer),
        "{audit}"
    );
    assert_eq!(sgi.run(&["token", "revoke", "read"]).status, 0);
    served.set_token(&read);
    assert_eq!(ask(&served)[1], 401);
    // Whoever guesses is not listened to after a while, and then not with a right one either.
    served.set_token("sgi_wrong");
    let statuses: Vec<u16> = (0..12)
        .map(|_| served.get("/api/v1/desks").status)
        .collect();
    assert!(statuses.ends_with(&[429, 429]), "{statuses:?}");
    served.set_token(&administer);
    assert_eq!(served.get("/api/v1/desks").status, 429);
}

#[test]
fn other_machines_are_listened_to_only_where_somebody_has_a_token() {
    let rt = start("rt", &SetUp::default());
    let sgi = Sgi::with_config(&rt.toml("helpdesk"));
    let ran = sgi.run(&["serve", "--listen", "0.0.0.0:0"]);
    assert_eq!(ran.status, 2, "{ran:?}");
    assert!(ran.err.contains("sgi token create"), "{ran:?}");
}
