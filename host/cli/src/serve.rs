//! `sgi serve`: the host as a service.

use crate::args::ServeArgs;
use crate::context::Context;
use crate::demo::DemoDesks;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::sync;
use sgi_host::config::Keep;
use sgi_host::{Host, HostOptions};
use sgi_service::registry::Registry;
use sgi_service::{Desks, Service, Setup};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

pub(crate) async fn run(context: &Context, args: ServeArgs) -> Result<Exit, Failure> {
    // Test desks that run, and live, for as long as this does.
    let demo = args.demo.then(DemoDesks::alive);
    let (setup, _folder) = match &demo {
        Some(demo) => of_demo(context, demo).await?,
        None => (of_config(context).await?, None),
    };
    let known = setup.registry.knows_anybody().await?;
    let listener = listen(args.listen, known).await?;
    let address = listener
        .local_addr()
        .map_err(|error| Failure::internal("the address is not known", &error))?;
    let mut terminate = signal(SignalKind::terminate())
        .map_err(|error| Failure::internal("SIGTERM cannot be waited for", &error))?;
    let mut interrupt = signal(SignalKind::interrupt())
        .map_err(|error| Failure::internal("SIGINT cannot be waited for", &error))?;
    let service = Service::start(setup).await;
    context.print(&format!(
        "sgi: serving on http://{address}; open it in a browser, or see GET /api/v1/openapi.json\n"
    ))?;
    let stop = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    service.run(listener, stop).await?;
    Ok(Exit::Ok)
}

async fn of_config(context: &Context) -> Result<Setup, Failure> {
    // Everything can be set up through the API.
    let config = context.config_if_any()?;
    let file = context.config_file_if_any()?;
    let host = context.host(&config)?;
    let store = Arc::new(sync::store(&host).await?);
    let registry = Registry::open(state_dir(&host)?, config.service.key_file.as_deref()).await?;
    let cmdb = config.cmdb.as_ref().map(|cmdb| cmdb.settings());
    Ok(Setup {
        host,
        desks: Desks::File(file),
        store,
        registry,
        cmdb: cmdb.transpose()?,
        audit_keep: config.service.audit_keep,
        frame_ancestors: config.service.frame_ancestors,
    })
}

/// Three test desks, whose logbook ends with them.
async fn of_demo(
    context: &Context,
    demo: &DemoDesks,
) -> Result<(Setup, Option<tempfile::TempDir>), Failure> {
    let folder = tempfile::tempdir()
        .map_err(|error| Failure::internal("there is no room for temporary files", &error))?;
    let host: Host = context.start(HostOptions {
        forget_checks: true,
        ..HostOptions::for_user()
    })?;
    let store = sgi_host::logbook::SqliteStore::open(folder.path().join("logbook.db")).await?;
    let setup = Setup {
        host,
        desks: Desks::Fixed(demo.settings().into()),
        store: Arc::new(store),
        registry: Registry::open(folder.path(), None).await?,
        cmdb: None,
        audit_keep: Keep::default(),
        // Where PHP's own server has the example of a CMDB's page.
        frame_ancestors: vec![
            "http://127.0.0.1:8000".to_owned(),
            "http://localhost:8000".to_owned(),
        ],
    };
    Ok((setup, Some(folder)))
}

fn state_dir(host: &Host) -> Result<&Path, Failure> {
    host.state_dir().ok_or_else(|| {
        Failure::Usage("the service needs a folder: set state_dir in [host] of sgi.toml".to_owned())
    })
}

async fn listen(address: SocketAddr, somebody: bool) -> Result<TcpListener, Failure> {
    if !address.ip().is_loopback() && !somebody {
        return Err(Failure::Usage(format!(
            "{address} can be reached from other machines: make a token first (`sgi token create`), and put a \
             proxy with TLS in front of it; or listen on 127.0.0.1"
        )));
    }
    TcpListener::bind(address).await.map_err(|error| {
        Failure::Usage(format!(
            "it cannot listen on {address}: {error}; name another address with --listen"
        ))
    })
}
