//! `sgi demo`: three test desks on this machine, asked the way any others are.

mod life;

use crate::args::DemoArgs;
use crate::clean;
use crate::context::Context;
use crate::desks::{self, Asked};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::screen::DIM;
use crate::tickets::{self, Wanted};
use crate::times::Zone;
use sgi_host::{DeskSettings, HostOptions, Object, OptionValue};
use sgi_test_desks::{
    ITopDesk, ITopOptions, OtrsDesk, OtrsOptions, RtDesk, RtOptions, itop, otrs, rt,
};
use std::sync::Arc;
use std::time::Duration;

/// How often the logbook of a desk that lives is brought up to date.
const LOGBOOK: Duration = Duration::from_secs(2);

/// Test desks that run for as long as this lives.
pub(crate) struct DemoDesks {
    rt: RtDesk,
    otrs: OtrsDesk,
    itop: ITopDesk,
}

impl DemoDesks {
    pub(crate) fn start() -> Self {
        Self {
            rt: RtDesk::start(RtOptions::default()),
            otrs: OtrsDesk::start(OtrsOptions::default()),
            itop: ITopDesk::start(ITopOptions::default()),
        }
    }

    /// The same, in which people work from now on.
    pub(crate) fn alive() -> Arc<Self> {
        let desks = Arc::new(Self::start());
        life::begin(Arc::clone(&desks));
        desks
    }

    pub(crate) fn settings(&self) -> [DeskSettings; 3] {
        let desk = |kind: &str, url: String, (username, password): (&str, &str)| {
            let mut desk = DeskSettings::new(kind, kind, url, username, password.into());
            desk.logbook.interval = LOGBOOK;
            desk
        };
        let mut itop = desk("itop", self.itop.url(), itop::READER);
        // The zone of the demo's iTop, which tells it to nobody.
        let zone = OptionValue::Text("Europe/Berlin".to_owned());
        itop.options.insert("time-zone".to_owned(), zone);
        [
            desk("rt", self.rt.url(), rt::READER),
            desk("otrs", self.otrs.url(), otrs::READER),
            itop,
        ]
    }
}

pub(crate) async fn run(context: &Context, args: DemoArgs) -> Result<Exit, Failure> {
    let desks = DemoDesks::start();
    let about = "Three test desks (Request Tracker, OTRS, iTop) run on this machine for now.";
    context.print(&format!("{}\n\n", context.screen.paint(about, DIM)))?;

    // They have other ports each time: what their checks learn is of no use to the next demo.
    let host = context.start(HostOptions {
        forget_checks: true,
        ..HostOptions::for_user()
    })?;
    let asked = desks.settings().map(|settings| Asked {
        name: settings.name.clone(),
        settings: Ok(settings),
    });
    let wanted = Wanted::all_of(Object::new(args.object));
    let answers = tickets::ask(context, &host, asked.into(), &wanted).await;
    let text = tickets::show(context.screen, &answers, &wanted, &Zone::local());
    context.print(&text)?;
    // By the name that it was called by: it need not be installed.
    let program = std::env::args().next().unwrap_or_else(|| "sgi".to_owned());
    let more = format!(
        "\nIn a browser, with a logbook: {} serve --demo\n",
        clean::line(&program)
    );
    context.print(&context.screen.paint(&more, DIM).to_string())?;
    Ok(desks::conclude(context, &answers))
}
