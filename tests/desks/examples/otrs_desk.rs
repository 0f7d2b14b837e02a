//! Runs an OTRS test desk until it is stopped, to look at it with other tools:
//!
//! ```text
//! cargo run -p sgi-test-desks --example otrs_desk
//! curl -d '{"UserLogin":"cmdb","Password":"cmdb-secret-1","DynamicField_IDoitObjects":{"Like":"*,42,*"}}' \
//!   "$URL/nph-genericinterface.pl/Webservice/CMDBTicketConnector/TicketSearch"
//! ```
//!
//! A time zone (`Europe/Berlin`) as the first argument is the server's.

use sgi_test_desks::{OtrsDesk, OtrsOptions};

fn main() {
    let mut options = OtrsOptions::default();
    if let Some(zone) = std::env::args().nth(1) {
        options.time_zone = zone;
    }
    let desk = OtrsDesk::start(options);
    println!("{}", desk.url());
    loop {
        std::thread::park();
    }
}
