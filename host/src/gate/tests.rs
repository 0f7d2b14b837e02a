//! Whole exchanges, with a desk that remembers what it was sent.

use super::*;
use crate::desk::Way;
use crate::gate::hooks::GateHooks;
use crate::settings::Network;
use ::http::HeaderValue;
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use sgi_test_desks::http::{self, Server, ServerOptions};
use sgi_test_desks::{Fault, When};
use std::time::Duration;
use wasmtime_wasi_http::{Error as WasiError, WasiHttpHooks};

/// A desk that says yes to everything, over connections that it keeps.
fn desk() -> Server {
    let options = ServerOptions {
        keep_alive: true,
        ..ServerOptions::default()
    };
    Server::start(options, |_| {
        |_: &http::Request| http::Response::new(200, "yes")
    })
}

/// Its gate. A login hands out a session, which all other requests carry in a header.
fn gate(desk: &Server) -> Gate {
    gate_within(desk, Network::default())
}

/// The same, with such limits.
fn gate_within(desk: &Server, network: Network) -> Gate {
    let url = format!("http://{}", desk.addr());
    let mut settings = DeskSettings::new("a", "x", &url, "cmdb", "password-1".into());
    settings.network = network;
    let session = Place::header("X-Session").unwrap();
    let declared = Declared::new(
        vec![
            Slot::new("POST", "/tickets", session.clone(), "session").unwrap(),
            Slot::new(
                "POST",
                "/login",
                Place::header("X-Password").unwrap(),
                "password",
            )
            .unwrap(),
        ],
        vec![Capture::new("session", "POST", "/login", session).unwrap()],
    );
    let origin = Arc::new(Origin::parse(&url).unwrap());
    Gate::new(&settings, &origin, declared.unwrap()).unwrap()
}

fn request(desk: &Server, method: Method, pieces: &[&'static [u8]]) -> Request<WasiBody> {
    let frames: Vec<_> = pieces
        .iter()
        .map(|piece| Ok(Frame::data(Bytes::from_static(piece))))
        .collect();
    Request::builder()
        .method(method)
        .uri(format!("http://{}/tickets", desk.addr()))
        .body(StreamBody::new(futures_util::stream::iter(frames)).boxed_unsync())
        .unwrap()
}

#[tokio::test]
async fn a_body_in_pieces_is_sent_whole_and_with_its_length() {
    let desk = desk();
    let post = request(&desk, Method::POST, &[b"one", b"", b"two"]);
    let answer = gate(&desk)
        .exchange(post, &CallRecord::default(), 1)
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    // An empty one has a length, too: OTRS and iTop answer 411 without.
    let post = request(&desk, Method::POST, &[]);
    assert_eq!(
        gate(&desk)
            .exchange(post, &CallRecord::default(), 1)
            .await
            .unwrap()
            .status(),
        200
    );
    let seen = desk.requests();
    assert_eq!(seen[0].body, b"onetwo");
    for (seen, length) in seen.iter().zip(["6", "0"]) {
        assert_eq!(seen.header("content-length"), Some(length));
        assert_eq!(seen.header("transfer-encoding"), None);
    }
}

#[tokio::test]
async fn a_request_that_is_too_large_is_not_sent() {
    let desk = desk();
    let piece: &[u8] = &[b'x'; 1 << 20];
    let gate = gate(&desk);
    let trouble = gate
        .exchange(
            request(&desk, Method::POST, &[piece; 5]),
            &CallRecord::default(),
            1,
        )
        .await
        .unwrap_err();
    assert_eq!(
        gate.explain(&trouble).to_string(),
        "the connector sent a request of more than 4096 KiB"
    );
    assert!(desk.requests().is_empty());
}

#[tokio::test]
async fn a_secret_is_taken_out_of_a_large_answer_too() {
    let desk = desk();
    desk.set_fault(Some(Fault::Body(
        [&vec![b'x'; 2 * LONG_SEARCH][..], b"password-1"].concat(),
    )));
    let get = request(&desk, Method::GET, &[]);
    let answer = gate(&desk)
        .exchange(get, &CallRecord::default(), 1)
        .await
        .unwrap();
    assert!(answer.body().ends_with(b"x*removed*"));
}

#[tokio::test]
async fn what_changes_something_is_not_sent_twice() {
    let desk = desk();
    let gate = gate(&desk);
    let get = || request(&desk, Method::GET, &[]);
    gate.exchange(get(), &CallRecord::default(), 1)
        .await
        .unwrap();
    desk.add_fault(When::First(1), Fault::CloseWithoutAnswer);
    let post = request(&desk, Method::POST, &[b"x"]);
    assert!(
        gate.exchange(post, &CallRecord::default(), 1)
            .await
            .is_err()
    );
    assert_eq!(desk.requests().len(), 2);
    gate.exchange(get(), &CallRecord::default(), 1)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_connector_is_told_by_a_code_of_its_own_to_log_in_again() {
    let desk = desk();
    let gate = Arc::new(gate(&desk));
    let old = gate.vault().seal("session", "session-1".into()).unwrap();
    // Another instance logs in anew.
    let new = gate.vault().seal("session", "session-2".into()).unwrap();
    let record = Arc::new(CallRecord::default());
    let mut hooks = GateHooks::new(Way::Gate(&gate), &record);
    let with = |placeholder: &str| {
        let mut post = request(&desk, Method::POST, &[]);
        let value = HeaderValue::try_from(placeholder).unwrap();
        post.headers_mut().insert("x-session", value);
        post
    };
    let mut send =
        |request| Box::into_pin(hooks.send_request(request, None, Box::new(async { Ok(()) })));
    let error = send(with(&old)).await.err().unwrap();
    assert!(matches!(error, WasiError::ConfigurationError), "{error:?}");
    assert!(desk.requests().is_empty());
    // It asks again, and its second attempt is the one that counts.
    assert!(send(with(&new)).await.is_ok());
    assert_eq!(desk.requests()[0].header("x-session"), Some("session-2"));
    assert!(record.take_trouble().is_none());
    // Without a second attempt nobody is accused.
    assert!(send(with(&old)).await.is_err());
    assert_eq!(record.take_trouble().unwrap().code(), "unavailable");
}

/// A login by header, as a connector sends it.
fn login(desk: &Server, gate: &Gate) -> Request<WasiBody> {
    let mut login = request(desk, Method::POST, &[]);
    *login.uri_mut() = format!("http://{}/login", desk.addr()).parse().unwrap();
    let password = HeaderValue::try_from(gate.vault().password_placeholder()).unwrap();
    login.headers_mut().insert("x-password", password);
    login
}

/// What comes of so many logins that begin together.
async fn log_in_at_once(
    desk: &Server,
    gate: &Arc<Gate>,
    logins: usize,
) -> Vec<Result<Response<Bytes>, Trouble>> {
    let mut running = tokio::task::JoinSet::new();
    for _ in 0..logins {
        let (login, gate) = (login(desk, gate), Arc::clone(gate));
        running.spawn(async move { gate.exchange(login, &CallRecord::default(), 1).await });
    }
    running.join_all().await
}

#[tokio::test]
async fn of_logins_that_wait_together_one_is_sent() {
    let desk = Server::start(
        ServerOptions {
            latency: Duration::from_millis(100),
            ..ServerOptions::default()
        },
        |_| |_: &http::Request| http::Response::new(200, "yes").header("X-Session", "session-1"),
    );
    let gate = Arc::new(gate(&desk));
    let answers = log_in_at_once(&desk, &gate, 6).await;
    let (sent, not_sent): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!((sent.len(), not_sent.len()), (1, 5));
    for trouble in not_sent.into_iter().filter_map(Result::err) {
        assert!(!trouble.was_sent());
        let code = Trouble::for_guest(&trouble);
        assert!(matches!(code, WasiError::ConfigurationError), "{code:?}");
    }
    assert_eq!(desk.requests().len(), 1);
    // One that begins later is sent, whether there is a session or not: it asks whether the password is
    // right.
    assert!(
        gate.exchange(login(&desk, &gate), &CallRecord::default(), 1)
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn a_login_of_which_the_connector_could_not_know_that_it_is_superfluous_is_not_sent() {
    let desk = desk();
    let gate = Arc::new(gate(&desk));
    let record = Arc::new(CallRecord::default());
    let hooks = GateHooks::new(Way::Gate(&gate), &record);
    assert_eq!(hooks.captured("session"), None);
    // Another call logs in between the connector's question and its login.
    gate.vault().seal("session", "session-1".into()).unwrap();
    let answer = gate.exchange(login(&desk, &gate), &record, 1).await;
    assert!(matches!(answer, Err(Trouble::LoggedIn)), "{answer:?}");
    // One that knows of the session wants to be sent.
    assert!(hooks.captured("session").is_some());
    assert!(gate.exchange(login(&desk, &gate), &record, 1).await.is_ok());
    assert_eq!(desk.requests().len(), 1);
}

/// A wrong password, as OTRS has it: HTTP 200, an error and no session. Desks lock accounts for these.
#[tokio::test]
async fn of_logins_that_wait_together_one_is_refused_and_all_are_told() {
    let desk = Server::start(
        ServerOptions {
            latency: Duration::from_millis(100),
            ..ServerOptions::default()
        },
        |_| |_: &http::Request| http::Response::new(200, "wrong password"),
    );
    let gate = Arc::new(gate(&desk));
    for attempts in 1..=2 {
        // Those that begin later try again: the password may have been mended in the desk.
        let answers = log_in_at_once(&desk, &gate, 6).await;
        for answer in answers {
            assert_eq!(answer.unwrap().body(), "wrong password");
        }
        assert_eq!(desk.requests().len(), attempts);
    }
}

/// As where it waited for something else while another call tried the password.
#[tokio::test]
async fn a_login_of_a_call_that_began_before_the_refusal_is_told_and_not_sent() {
    let desk = desk();
    let gate = Arc::new(gate(&desk));
    let early = Arc::new(CallRecord::default());
    let _hooks = GateHooks::new(Way::Gate(&gate), &early);
    let log_in = async |record: &CallRecord| gate.exchange(login(&desk, &gate), record, 1).await;
    assert!(log_in(&CallRecord::default()).await.is_ok());
    assert_eq!(log_in(&early).await.unwrap().body(), "yes");
    assert_eq!(desk.requests().len(), 1);
    // A new call tries again.
    assert!(log_in(&CallRecord::default()).await.is_ok());
    assert_eq!(desk.requests().len(), 2);
}

#[tokio::test]
async fn a_login_without_an_answer_lets_the_next_one_try() {
    let desk = desk();
    let gate = Arc::new(gate(&desk));
    desk.add_fault(When::First(2), Fault::CloseWithoutAnswer);
    let answers = log_in_at_once(&desk, &gate, 4).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_err()).count(), 2);
    assert_eq!(desk.requests().len(), 3);
}

#[tokio::test]
async fn a_desk_in_trouble_says_nothing_about_the_password() {
    let desk = desk();
    let gate = Arc::new(gate(&desk));
    desk.set_fault(Some(Fault::status(503, "busy")));
    let answers = log_in_at_once(&desk, &gate, 3).await;
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(desk.requests().len(), 3);
}

#[tokio::test]
async fn another_login_is_no_answer_to_one_that_waits() {
    let desk = desk();
    let gate = Arc::new(gate(&desk));
    let one = login(&desk, &gate);
    let mut other = login(&desk, &gate);
    let agent = HeaderValue::from_static("another");
    other.headers_mut().insert("user-agent", agent);
    let record = CallRecord::default();
    let (one, other) = tokio::join!(
        gate.exchange(one, &record, 1),
        gate.exchange(other, &record, 1)
    );
    assert!(one.is_ok() && other.is_ok());
    assert_eq!(desk.requests().len(), 2);
}

#[tokio::test]
async fn a_session_that_is_renewed_while_a_request_waits_is_not_sent() {
    let desk = desk();
    let gate = gate(&desk);
    let old = gate.vault().seal("session", "session-1".into()).unwrap();
    let all = (gate.wire.turn().await, gate.wire.turn().await);
    let mut post = request(&desk, Method::POST, &[]);
    let value = HeaderValue::try_from(old.as_str()).unwrap();
    post.headers_mut().insert("x-session", value);
    let record = CallRecord::default();
    let waiting = gate.exchange(post, &record, 1);
    let renewing = async {
        tokio::task::yield_now().await;
        gate.vault().seal("session", "session-2".into()).unwrap();
        drop(all);
    };
    let (outcome, ()) = tokio::join!(waiting, renewing);
    let code = Trouble::for_guest(&outcome.unwrap_err());
    assert!(matches!(code, WasiError::ConfigurationError), "{code:?}");
    assert!(desk.requests().is_empty());
}

#[tokio::test]
async fn a_connection_that_is_closed_is_told_from_an_answer_that_is_late_or_unclear() {
    let desk = desk();
    let gate = gate_within(
        &desk,
        Network {
            request_timeout: Duration::from_millis(300),
            max_response: 1000,
            ..Network::default()
        },
    );
    let code = async |fault| {
        desk.set_fault(Some(fault));
        let get = request(&desk, Method::POST, &[]);
        Trouble::for_guest(
            &gate
                .exchange(get, &CallRecord::default(), 1)
                .await
                .unwrap_err(),
        )
    };
    for fault in [Fault::CloseWithoutAnswer, Fault::Reset] {
        let code = code(fault).await;
        assert!(matches!(code, WasiError::ConnectionTerminated), "{code:?}");
    }
    let late = code(Fault::Hang).await;
    assert!(matches!(late, WasiError::HttpResponseTimeout), "{late:?}");
    let great = code(Fault::Body(vec![b'x'; 2000])).await;
    assert!(
        matches!(great, WasiError::HttpResponseBodySize(_)),
        "{great:?}"
    );
    let garbage = code(Fault::Garbage).await;
    assert!(
        matches!(garbage, WasiError::HttpProtocolError),
        "{garbage:?}"
    );
}
