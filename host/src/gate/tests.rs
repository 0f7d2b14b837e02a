//! Whole exchanges, with a desk that remembers what it was sent.

use super::*;
use crate::gate::hooks::GateHooks;
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use sgi_test_desks::http::{self, Server, ServerOptions};
use sgi_test_desks::{Fault, When};
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
    let url = format!("http://{}", desk.addr());
    let settings = DeskSettings::new("a", "x", &url, "cmdb", "password-1".into());
    let session = Place::header("X-Session").unwrap();
    let declared = Declared::new(
        vec![Slot::new("POST", "/tickets", session.clone(), "session").unwrap()],
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
    let answer = gate(&desk).exchange(post).await.unwrap();
    assert_eq!(answer.status(), 200);
    // An empty one has a length, too: OTRS and iTop answer 411 without.
    let post = request(&desk, Method::POST, &[]);
    assert_eq!(gate(&desk).exchange(post).await.unwrap().status(), 200);
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
        .exchange(request(&desk, Method::POST, &[piece; 5]))
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
    let answer = gate(&desk).exchange(get).await.unwrap();
    assert!(answer.body().ends_with(b"x*removed*"));
}

#[tokio::test]
async fn what_changes_something_is_not_sent_twice() {
    let desk = desk();
    let gate = gate(&desk);
    let get = || request(&desk, Method::GET, &[]);
    gate.exchange(get()).await.unwrap();
    desk.add_fault(When::First(1), Fault::CloseWithoutAnswer);
    let post = request(&desk, Method::POST, &[b"x"]);
    assert!(gate.exchange(post).await.is_err());
    assert_eq!(desk.requests().len(), 2);
    gate.exchange(get()).await.unwrap();
}

#[tokio::test]
async fn a_connector_is_told_by_a_code_of_its_own_to_log_in_again() {
    let desk = desk();
    let gate = Arc::new(gate(&desk));
    let old = gate.vault().seal("session", "session-1".into()).unwrap();
    // Another instance logs in anew.
    let new = gate.vault().seal("session", "session-2".into()).unwrap();
    let record = Arc::new(CallRecord::default());
    let mut hooks = GateHooks::new(Some(Arc::clone(&gate)), Arc::clone(&record));
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
