//! What a call uses up is measured and told.

use crate::support::{Place, open, settings};
use sgi_host::Spent;
use sgi_test_desks::http::{Response, Server, ServerOptions};
use std::sync::{Arc, Mutex};
use std::time::Duration;

#[tokio::test]
async fn waiting_for_a_slow_desk_is_not_computing() {
    let place = Place::with_guest();
    let host = place.host();
    let told: Arc<Mutex<Vec<Spent>>> = Arc::default();
    let tells = Arc::clone(&told);
    assert!(host.watch_calls(move |spent| tells.lock().unwrap().push(spent.clone())));
    assert!(!host.watch_calls(|_| ()), "there is one already");
    let options = ServerOptions {
        keep_alive: true,
        latency: Duration::from_millis(20),
        ..ServerOptions::default()
    };
    let server = Server::start(options, |_| |_: &_| Response::new(200, "{}"));
    // It sends fifty requests, and each would be charged a tick of 10 ms.
    let mut settings = settings("floods-desk");
    settings.url = format!("http://{}/desk", server.addr());
    settings.limits.compute_timeout = Duration::from_millis(400);
    let desk = open(&host, settings).await;
    desk.ticket("1").await.unwrap();
    desk.ticket("2").await.unwrap();

    let told = told.lock().unwrap();
    assert_eq!(told.len(), 2);
    for spent in told.iter() {
        assert_eq!(
            (&*spent.desk, spent.call, spent.requests),
            ("tried", "get", 50)
        );
        assert!(spent.network >= Duration::from_millis(20 * 50), "{spent:?}");
        assert!(
            spent.guest > Duration::ZERO && spent.guest < spent.network,
            "{spent:?}"
        );
        assert_eq!(spent.guest + spent.network + spent.host, spent.took);
        assert!(spent.sent > 50 * 20 && spent.received > 50 * 2, "{spent:?}");
        assert!(spent.memory >= 64 << 10, "{spent:?}");
    }
    assert!(!told[0].kept_instance && told[1].kept_instance);
    assert_eq!(told[0].kept_connections, 49);
    assert_eq!(told[1].kept_connections, 50);
}
