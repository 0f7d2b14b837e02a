//! `sgi demo`: a test desk on this machine, asked the way any other is.

use crate::args::DemoArgs;
use crate::context::Context;
use crate::desks::{self, Asked};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::screen::DIM;
use crate::tickets::{self, Wanted};
use crate::times::Zone;
use secrecy::SecretString;
use sgi_host::{DeskSettings, Object};
use sgi_test_desks::rt::{READER, RtDesk, RtOptions};

/// A test desk that runs for as long as this lives.
struct DemoDesk {
    url: String,
    username: String,
    password: SecretString,
    _server: RtDesk,
}

impl DemoDesk {
    fn start() -> Self {
        let server = RtDesk::start(RtOptions::default());
        Self {
            url: server.url(),
            username: READER.0.to_owned(),
            password: READER.1.into(),
            _server: server,
        }
    }
}

pub(crate) async fn run(context: &Context, args: DemoArgs) -> Result<Exit, Failure> {
    let desk = DemoDesk::start();
    let about = format!(
        "A test desk (Request Tracker) runs at {} for now.",
        desk.url
    );
    context.print(&format!("{}\n\n", context.screen.paint(&about, DIM)))?;

    let host = context.default_host()?;
    let name = "demo";
    let settings = DeskSettings::new(name, "rt", &desk.url, &desk.username, desk.password.clone());
    let asked = Asked {
        name: name.to_owned(),
        settings: Ok(settings),
    };
    let wanted = Wanted::all_of(Object::new(args.object));
    let answers = tickets::ask(context, &host, vec![asked], &wanted).await;
    let text = tickets::show(context.screen, &answers, &wanted, &Zone::local());
    context.print(&text)?;
    Ok(desks::conclude(context, &answers))
}
