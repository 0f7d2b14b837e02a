//! Requests, friendly and hostile.

use super::super::slot::Capture;
use super::*;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

struct Desk {
    vault: Vault,
    declared: Declared,
}

/// A desk whose password is `pa ss&"<wörd>`.
fn desk(slots: &[(&str, &str, Place, &str)]) -> Desk {
    let slots = slots
        .iter()
        .map(|(method, path, place, secret)| {
            Slot::new(method, path, place.clone(), secret).unwrap()
        })
        .collect();
    let place = Place::json_pointer("/SessionID").unwrap();
    let session = Capture::new("session", "POST", "/Session", place).unwrap();
    Desk {
        vault: Vault::new("root", "pa ss&\"<wörd>".into()).unwrap(),
        declared: Declared::new(slots, vec![session]).unwrap(),
    }
}

fn basic() -> Desk {
    desk(&[("GET", "/ticket/*", Place::Basic, "password")])
}

fn json() -> Desk {
    let place = Place::json_pointer("/Password").unwrap();
    desk(&[("POST", "/Session", place, "password")])
}

fn form() -> Desk {
    let place = Place::form_field("auth_pwd").unwrap();
    desk(&[("POST", "/rest.php", place, "password")])
}

fn xml() -> Desk {
    let place = Place::xml_element("Password").unwrap();
    desk(&[("POST", "/soap", place, "password")])
}

const JSON: (&str, &str) = ("content-type", "application/json");
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const XML: (&str, &str) = ("content-type", "text/xml; charset=utf-8");

impl Desk {
    fn password(&self) -> &str {
        self.vault.password_placeholder()
    }

    /// `$` in any part stands for the password's placeholder.
    fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Result<Request<Bytes>, Refusal> {
        let fill = |text: &str| text.replace('$', self.password());
        let path = fill(path);
        let mut request = Request::builder()
            .method(fill(method).as_str())
            .uri(format!("https://desk.example.org/base{path}"));
        for (name, value) in headers {
            request = request.header(fill(name), fill(value));
        }
        let request = request.body(Bytes::from(fill(body))).unwrap();
        let below = path.split('?').next().unwrap_or_default();
        substitute(&self.vault, &self.declared, request, below)
    }

    fn body(&self, path: &str, header: (&str, &str), body: &str) -> Result<String, Refusal> {
        let sent = self.send("POST", path, &[header], body)?;
        Ok(String::from_utf8(sent.into_body().to_vec()).unwrap())
    }

    fn basic(&self, pair: &str) -> String {
        let pair = pair.replace('$', self.password());
        format!("Basic {}", BASE64.encode(pair))
    }
}

fn misplaced<T: std::fmt::Debug>(result: Result<T, Refusal>) -> String {
    match result.unwrap_err() {
        Refusal::Misplaced { place, .. } => place,
        other => panic!("{other}"),
    }
}

fn unclear<T: std::fmt::Debug>(result: Result<T, Refusal>) -> String {
    match result.unwrap_err() {
        Refusal::Unclear { why, .. } => why,
        other => panic!("{other}"),
    }
}

#[test]
fn a_request_without_a_placeholder_goes_as_it_is() {
    let desk = json();
    let body = Bytes::from_static(b"{\"Password\":\"guess\",\"Password\":1}");
    let request = Request::post("https://desk.example.org/x?y=%zz")
        .header("authorization", "Basic xxx")
        .body(body.clone())
        .unwrap();
    let sent = substitute(&desk.vault, &desk.declared, request, "/x").unwrap();
    assert_eq!(sent.headers()["authorization"], "Basic xxx");
    assert_eq!(sent.body().as_ptr(), body.as_ptr());
}

#[test]
fn basic_credentials_get_the_password() {
    let desk = basic();
    let header = desk.basic("root:$");
    let sent = desk
        .send("GET", "/ticket/17", &[("Authorization", &header)], "")
        .unwrap();
    let expected = format!("Basic {}", BASE64.encode("root:pa ss&\"<wörd>"));
    assert_eq!(sent.headers()["authorization"], expected.as_str());
    assert!(sent.headers()["authorization"].is_sensitive());
}

#[test]
fn basic_credentials_are_those_of_the_account() {
    let desk = basic();
    for user in ["admin", "", "Root", "root "] {
        let header = desk.basic(&format!("{user}:$"));
        let result = desk.send("GET", "/ticket/17", &[("Authorization", &header)], "");
        assert!(unclear(result).contains("another user"));
    }
    for pair in ["$:$", "$:x", "root:x$", "root:$x", "root$", "root:a:$"] {
        let header = desk.basic(pair);
        let result = desk.send("GET", "/ticket/17", &[("Authorization", &header)], "");
        assert!(result.is_err(), "{pair}");
    }
    let vault = Vault::new("a:b", "correct horse".into()).unwrap();
    let desk = Desk { vault, ..basic() };
    let header = desk.basic("a:$");
    let result = desk.send("GET", "/ticket/17", &[("Authorization", &header)], "");
    assert_eq!(result.unwrap_err().setting(), Some("username"));
    let result = desk.send(
        "GET",
        "/ticket/17",
        &[("Authorization", &desk.basic("a:b:$"))],
        "",
    );
    assert!(result.is_err());
}

#[test]
fn a_slot_is_one_methods_and_one_paths() {
    let desk = basic();
    let header = desk.basic("root:$");
    for (method, path) in [
        ("POST", "/ticket/17"),
        ("get", "/ticket/17"),
        ("HEAD", "/ticket/17"),
        ("GET", "/ticket"),
        ("GET", "/ticket/"),
        ("GET", "/ticket/17/history"),
        ("GET", "/ticket//17"),
        ("GET", "/ticket/.."),
        ("GET", "/ticket/%2e%2e"),
        ("GET", "/ticket/a%2fb"),
        ("GET", "/ticket/a;b"),
        ("GET", "/x/../ticket/17"),
        ("GET", "//ticket/17"),
    ] {
        let result = desk.send(method, path, &[("Authorization", &header)], "");
        assert_eq!(misplaced(result), "the header authorization", "{path}");
    }
}

#[test]
fn the_frame_of_a_request_is_no_place() {
    let desk = basic();
    for (path, place) in [
        ("/ticket/$", "the path"),
        ("/$/17", "the path"),
        ("/ticket/17?q=$", "the query"),
        ("/ticket/17?q=%73gi-secret-0", "the query"),
        ("/ticket/17?$", "the query"),
        ("/ticket/sgi%2Dsecret%2D", "the path"),
        ("/ticket/17?q=c2dpLXNlY3JldC0", "the query"),
    ] {
        assert_eq!(misplaced(desk.send("GET", path, &[], "")), place, "{path}");
    }
    assert_eq!(
        misplaced(desk.send("$", "/ticket/17", &[], "")),
        "the method"
    );
    assert_eq!(
        misplaced(desk.send("GET", "/ticket/17", &[("$", "x")], "")),
        "the name of a header"
    );
    let request = Request::get(format!("https://{}.example.org/", desk.password()))
        .body(Bytes::new())
        .unwrap();
    let result = substitute(&desk.vault, &desk.declared, request, "/");
    assert_eq!(misplaced(result), "the host");
    assert_eq!(
        misplaced(desk.send("GET", "/ticket/17", &[], "subject=$")),
        "the body"
    );
}

#[test]
fn a_request_may_not_pass_for_another() {
    let desk = basic();
    let header = desk.basic("root:$");
    for name in ["X-HTTP-Method-Override", "X-Original-URL"] {
        let headers = [("Authorization", header.as_str()), (name, "DELETE")];
        let result = desk.send("GET", "/ticket/17", &headers, "");
        assert!(unclear(result).contains("another request"));
    }
}

#[test]
fn a_header_gets_a_token_after_its_scheme() {
    let place = Place::header("Authorization").unwrap();
    let slots = [("GET", "/*", place, "password")];
    let vault = Vault::new("root", "1-14-abc".into()).unwrap();
    let desk = Desk {
        vault,
        ..desk(&slots)
    };
    for (given, expected) in [("token $", "token 1-14-abc"), ("$", "1-14-abc")] {
        let sent = desk.send("GET", "/a", &[("AUTHORIZATION", given)], "");
        assert_eq!(sent.unwrap().headers()["authorization"], expected);
    }
    for given in [
        "token  $",
        "token $ x",
        "$ $",
        "x y $",
        "token=$",
        "token $$",
        "tok,en $",
        " x$",
    ] {
        let result = desk.send("GET", "/a", &[("authorization", given)], "");
        assert_eq!(misplaced(result), "the header authorization", "{given}");
    }
    let other = desk.send("GET", "/a", &[("x-token", "$")], "");
    assert_eq!(misplaced(other), "the header x-token");
    let encoded = desk.basic("root:$");
    let other = desk.send("GET", "/a", &[("authorization", &encoded)], "");
    assert_eq!(misplaced(other), "the header authorization");
    let twice = [("authorization", "token $"), ("Authorization", "other")];
    assert!(unclear(desk.send("GET", "/a", &twice, "")).contains("twice"));
}

#[test]
fn a_header_carries_no_secret_that_would_break_it() {
    let place = Place::header("X-Token").unwrap();
    let slots = [("GET", "/*", place, "password")];
    for secret in ["line\r\nbreak: x", "wörd", " blankety"] {
        let vault = Vault::new("root", secret.into()).unwrap();
        let desk = Desk {
            vault,
            ..desk(&slots)
        };
        let refusal = desk.send("GET", "/a", &[("x-token", "$")], "").unwrap_err();
        assert_eq!(refusal.setting(), Some("password"));
        assert!(!refusal.to_string().contains(secret));
    }
}

#[test]
fn json_gets_the_password_escaped_and_stays_as_it_was() {
    assert_eq!(
        json()
            .body(
                "/Session",
                JSON,
                "{ \"a\":1.50,\n \"Password\" : \"$\", \"b\":\"\\u00e4\" }"
            )
            .unwrap(),
        "{ \"a\":1.50,\n \"Password\" : \"pa ss&\\\"<wörd>\", \"b\":\"\\u00e4\" }"
    );
}

#[test]
fn json_has_the_placeholder_in_its_slot_alone() {
    let desk = json();
    for body in [
        r#"{"Title":"$"}"#,
        r#"{"Password":"$","Title":"$"}"#,
        r#"{"Password":"$ "}"#,
        r#"{"Password":"x$"}"#,
        r#"{"Password":"$$"}"#,
        r#"{"password":"$"}"#,
        r#"{"$":"Password"}"#,
        r#"{"Ticket":{"Password":"$"}}"#,
        r#"[{"Password":"$"}]"#,
        r#""$""#,
        r#"{"Password":"$","Title":"\u0073gi-secret-"}"#,
        r#"{"Password":"$","Title":"c2dpLXNlY3JldC0"}"#,
        r#"{"Password":"$","Title":"x%73gi-secret-00"}"#,
        r#"{"Password":"\u0073gi-secret-00112233445566778899aabbccddeeff"}"#,
    ] {
        assert_eq!(misplaced(desk.body("/Session", JSON, body)), "the body");
    }
}

#[test]
fn json_that_reads_in_two_ways_is_not_sent() {
    let desk = json();
    for body in [
        r#"{"Password":"$","Password":"x"}"#,
        r#"{"Password":"x","P\u0061ssword":"$"}"#,
        r#"{"Password":["$"]}"#,
        r#"{"Password":"$"}{}"#,
        r#"{"Password":"$""#,
        "{'Password':'$'}",
    ] {
        unclear(desk.body("/Session", JSON, body));
    }
    let body = r#"{"Password":"$"}"#;
    for header in [
        ("content-type", "text/plain"),
        ("content-type", "application/json; charset=utf-16"),
        ("content-type", "application/x-www-form-urlencoded"),
        ("x-content-type", "application/json"),
    ] {
        unclear(desk.body("/Session", header, body));
    }
    for further in [("content-encoding", "gzip"), ("Content-Type", "text/html")] {
        let result = desk.send("POST", "/Session", &[JSON, further], body);
        unclear(result);
    }
}

#[test]
fn a_form_gets_the_password_encoded() {
    assert_eq!(
        form()
            .body(
                "/rest.php",
                FORM,
                "auth_user=root&auth_pwd=$&json_data=%7b%7d"
            )
            .unwrap(),
        "auth_user=root&auth_pwd=pa+ss%26%22%3Cw%C3%B6rd%3E&json_data=%7b%7d"
    );
}

#[test]
fn a_form_has_the_placeholder_in_its_field_alone() {
    let desk = form();
    for body in [
        "title=$",
        "auth_pwd=$&title=$",
        "auth_pwd=x$",
        "auth_pwd=$;title=x",
        "title=x;auth_pwd=$",
        "$=auth_pwd",
        "auth_pwd[]=$",
        "auth_pwd=sgi%2Dsecret-00112233445566778899aabbccddeeff",
    ] {
        assert_eq!(misplaced(desk.body("/rest.php", FORM, body)), "the body");
    }
    for body in [
        "auth_pwd=$&auth_pwd=x",
        "auth_pwd=$&auth%5fpwd=x",
        "{\"title\":\"&auth_pwd=$&\"}",
        "<a>&auth_pwd=$&</a>",
        "auth_pwd=$\r\n",
    ] {
        unclear(desk.body("/rest.php", FORM, body));
    }
}

#[test]
fn xml_gets_the_password_escaped() {
    assert_eq!(
        xml()
            .body(
                "/soap",
                XML,
                "<a:e xmlns:a='u'><a:Password x='1'>$</a:Password >\n</a:e>"
            )
            .unwrap(),
        "<a:e xmlns:a='u'><a:Password x='1'>pa ss&amp;&quot;&lt;wörd&gt;</a:Password >\n</a:e>"
    );
}

#[test]
fn xml_has_the_placeholder_in_its_element_alone() {
    let desk = xml();
    for body in [
        "<e><Title>$</Title></e>",
        "<e><Password>$</Password><Title>$</Title></e>",
        "<e><Password> $ </Password></e>",
        "<e Password='$'/>",
        "<e><Password x='$'>y</Password></e>",
        "<e><Password>x</Password><!-- $ --></e>",
        "<e><!-- <Password>$</Password> --></e>",
        "<e><![CDATA[<Password>$</Password>]]></e>",
        "<e><Password><![CDATA[$]]></Password></e>",
        "<e><Password>&#115;gi-secret-</Password></e>",
        "<$/>",
    ] {
        assert_eq!(misplaced(desk.body("/soap", XML, body)), "the body");
    }
    for body in [
        "<e><Password>$</Password><Password/></e>",
        "<e><Password>$<b/></Password></e>",
        "<!DOCTYPE e [<!ENTITY p '$'>]><e><Password>&p;</Password></e>",
        "<?xml version='1.0' encoding='utf-7'?><e><Password>$</Password></e>",
        "<e><?php x ?><Password>$</Password></e>",
        "<e><Password>$</Password>",
    ] {
        unclear(desk.body("/soap", XML, body));
    }
}

#[test]
fn a_session_stands_in_its_own_slot() {
    let place = Place::json_pointer("/SessionID").unwrap();
    let password = Place::json_pointer("/Password").unwrap();
    let desk = desk(&[
        ("POST", "/TicketSearch", place, "session"),
        ("POST", "/TicketSearch", password, "password"),
    ]);
    let session = desk.vault.seal("session", "abc\"def".into()).unwrap();
    let body = format!("{{\"Password\":\"$\",\"SessionID\":\"{session}\"}}");
    assert_eq!(
        desk.body("/TicketSearch", JSON, &body).unwrap(),
        "{\"Password\":\"pa ss&\\\"<wörd>\",\"SessionID\":\"abc\\\"def\"}"
    );
    let refusal = desk
        .body("/TicketSearch", JSON, "{\"SessionID\":\"$\"}")
        .unwrap_err();
    assert!(matches!(refusal, Refusal::OtherSecret { .. }), "{refusal}");
    let body = format!("{{\"Password\":\"{session}\"}}");
    let refusal = desk.body("/TicketSearch", JSON, &body).unwrap_err();
    assert!(matches!(refusal, Refusal::OtherSecret { .. }), "{refusal}");
}

#[test]
fn a_forgotten_session_asks_for_a_new_login() {
    let place = Place::json_pointer("/SessionID").unwrap();
    let desk = desk(&[("POST", "/TicketSearch", place, "session")]);
    let session = desk.vault.seal("session", "abcdef".into()).unwrap();
    let body = format!("{{\"SessionID\":\"{session}\"}}");
    assert!(desk.body("/TicketSearch", JSON, &body).is_ok());
    desk.vault.forget(&session);
    let refusal = desk.body("/TicketSearch", JSON, &body).unwrap_err();
    assert!(refusal.is_forgotten());
    assert!(!refusal.to_string().contains(&session));
    let elsewhere = format!("{{\"Title\":\"{session}\"}}");
    misplaced(desk.body("/TicketSearch", JSON, &elsewhere));
}

#[test]
fn the_placeholder_of_another_desk_is_foreign() {
    let other = json();
    let body = format!("{{\"Password\":\"{}\"}}", other.password());
    let refusal = json().body("/Session", JSON, &body).unwrap_err();
    assert!(matches!(refusal, Refusal::Foreign { .. }), "{refusal}");
}

#[test]
fn a_refusal_says_what_happened_where() {
    let refusal = json().body("/Ticket", JSON, "$").unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "the connector put the placeholder of a secret into the body of POST \"/Ticket\", where its \
         manifest declares no slot for it"
    );
    let desk = json();
    let refusal = desk.send("GET", "/Ticket/$", &[], "").unwrap_err();
    assert!(!refusal.to_string().contains(desk.password()));
}

#[test]
fn a_user_name_with_a_colon_is_the_settings_fault_and_not_the_connectors() {
    let mut desk = basic();
    for name in ["x:y", ":", "x:"] {
        desk.vault = Vault::new(name, "password-1".into()).unwrap();
        let pair = BASE64.encode(format!("{name}:{}", desk.password()));
        let authorization = format!("Basic {pair}");
        let result = desk.send("GET", "/ticket/1", &[("authorization", &authorization)], "");
        let refusal = result.unwrap_err();
        assert_eq!(refusal.setting(), Some("username"), "{refusal}");
        assert!(
            refusal.to_string().starts_with("may not hold a colon"),
            "{refusal}"
        );
    }
}

/// A desk that takes its session in the query.
fn query() -> Desk {
    let place = Place::query_parameter("SessionID").unwrap();
    desk(&[
        ("GET", "/Ticket", place, "session"),
        (
            "POST",
            "/Session",
            Place::json_pointer("/Password").unwrap(),
            "password",
        ),
    ])
}

#[test]
fn a_session_goes_into_the_parameter_that_is_declared_for_it() {
    let desk = query();
    let session = desk.vault.seal("session", "a b&c=d".into()).unwrap();
    let sent = desk
        .send(
            "GET",
            &format!("/Ticket?a=1&SessionID={session}&b=%2C"),
            &[],
            "",
        )
        .unwrap();
    assert_eq!(
        sent.uri().to_string(),
        "https://desk.example.org/base/Ticket?a=1&SessionID=a+b%26c%3Dd&b=%2C"
    );
}

#[test]
fn no_other_part_of_an_address_holds_a_session() {
    let desk = query();
    let session = desk.vault.seal("session", "abcdef".into()).unwrap();
    for path in [
        format!("/Ticket?Other={session}"),
        format!("/Ticket?SessionID=x{session}"),
        format!("/Ticket?SessionID={session}&a={session}"),
        format!("/Ticket?{session}=1"),
        format!("/Other?SessionID={session}"),
    ] {
        assert_eq!(
            misplaced(desk.send("GET", &path, &[], "")),
            "the query",
            "{path}"
        );
    }
    assert_eq!(
        misplaced(desk.send("GET", &format!("/{session}?SessionID={session}"), &[], "")),
        "the path"
    );
    let twice = format!("/Ticket?SessionID={session}&SessionID=1");
    assert!(desk.send("GET", &twice, &[], "").is_err());
}

#[test]
fn the_password_never_goes_into_the_query() {
    let desk = query();
    assert!(desk.send("GET", "/Ticket?SessionID=$", &[], "").is_err());
    let place = Place::query_parameter("Password").unwrap();
    let error = Slot::new("GET", "/Ticket", place, "password").unwrap_err();
    assert!(error.to_string().contains("logs"), "{error}");
}
