//! Runs an iTop test desk until it is stopped, to look at it with other tools:
//!
//! ```text
//! cargo run -p sgi-test-desks --example itop_desk
//! curl "$URL/webservices/rest.php?version=1.3" -d auth_user=cmdb -d auth_pwd=cmdb-secret-1 \
//!   --data-urlencode 'json_data={"operation":"core/get","class":"Ticket","key":"SELECT Ticket","output_fields":"ref,title","limit":3}'
//! ```

use sgi_test_desks::{ITopDesk, ITopOptions};

fn main() {
    let desk = ITopDesk::start(ITopOptions::default());
    println!("{}", desk.url());
    loop {
        std::thread::park();
    }
}
