//! `sgi demo`: a test desk on this machine, asked the way any other is.

use crate::args::DemoArgs;
use crate::context::Context;
use crate::desks::{self, Asked};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::screen::DIM;
use crate::tickets;
use crate::times::Zone;
use secrecy::SecretString;
use sgi_host::config::HostDirs;
use sgi_host::{DeskSettings, Error, Filter, Object, Problem};

/// A test desk that runs for as long as this lives.
struct DemoDesk {
    url: String,
    username: String,
    password: SecretString,
}

impl DemoDesk {
    /// Stub: the integrator starts the bundled desk here.
    async fn start() -> Result<Self, Error> {
        Err(Error::Unsupported(Problem::new(
            "the test desk is not part of this build",
        )))
    }
}

pub(crate) async fn run(context: &Context, args: DemoArgs) -> Result<Exit, Failure> {
    let desk = DemoDesk::start().await?;
    let about = format!(
        "A test desk (Request Tracker) runs at {} for now.",
        desk.url
    );
    context.print(&format!("{}\n\n", context.screen.paint(&about, DIM)))?;

    let host = context.host(&HostDirs::default())?;
    let name = "demo";
    let settings = DeskSettings::new(name, "rt", &desk.url, &desk.username, desk.password.clone());
    let asked = Asked {
        name: name.to_owned(),
        settings: Ok(settings),
    };
    let object = Object::new(args.object);
    let answers = tickets::ask(context, &host, vec![asked], object, Filter::All).await;
    let text = tickets::show(context.screen, &answers, Filter::All, &Zone::local());
    context.print(&text)?;
    Ok(desks::conclude(context, &answers))
}
