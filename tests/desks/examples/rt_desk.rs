//! Runs a Request Tracker test desk until it is stopped, to look at it with other tools:
//!
//! ```text
//! cargo run -p sgi-test-desks --example rt_desk
//! curl -u cmdb:cmdb-secret-1 "$URL/REST/2.0/tickets?query=CF.%7B2%7D=42&fields=Subject"
//! ```
//!
//! An address as the first argument is what RT then believes its own to be.

use sgi_test_desks::{RtDesk, RtOptions};

fn main() {
    let mut options = RtOptions::default();
    if let Some(address) = std::env::args().nth(1) {
        options.own_address = address;
    }
    let desk = RtDesk::start(options);
    println!("{}", desk.url());
    loop {
        std::thread::park();
    }
}
