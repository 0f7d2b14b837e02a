//! The secret never enters a guest: all of its memory is searched whenever the host gives control
//! back to it, and whenever it gives control back to the host.

use super::memory::Memories;
use crate::engine::{Runtime, config};
use crate::host::{Host, HostOptions};
use crate::model::{Filter, Object};
use crate::settings::{DeskSettings, OptionValue};
use base64::Engine as _;
use memchr::memmem::Finder;
use sgi_test_desks::rt::{READER, RtDesk, RtOptions};
use sgi_test_desks::{Fault, When};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use wasmtime::{CallHook, Engine};

/// What is looked for, under what it is.
type Needles = Vec<(&'static str, Vec<u8>)>;

/// A secret in every spelling that a desk or a careless host might give it.
fn spellings(username: &str, password: &str) -> Needles {
    let pair = format!("{username}:{password}");
    let json = serde_json::to_string(password).unwrap();
    let xml = password
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;");
    let ascii: String = password
        .chars()
        .map(|c| match c {
            '"' | '\\' => format!("\\{c}"),
            c if c.is_ascii() => c.to_string(),
            c => format!("\\u{:04x}", u32::from(c)),
        })
        .collect();
    let url = percent_encoding::utf8_percent_encode(password, percent_encoding::NON_ALPHANUMERIC);
    let form: String = form_urlencoded::byte_serialize(password.as_bytes()).collect();
    [
        ("raw", password.to_owned()),
        ("reversed", password.chars().rev().collect()),
        (
            "Basic credentials",
            base64::engine::general_purpose::STANDARD.encode(pair),
        ),
        (
            "base64",
            base64::engine::general_purpose::STANDARD_NO_PAD.encode(password),
        ),
        ("URL-escaped", url.to_string()),
        ("form-encoded", form),
        ("JSON", json.trim_matches('"').to_owned()),
        ("JSON in ASCII", ascii),
        ("XML", xml),
    ]
    .map(|(what, text)| (what, text.into_bytes()))
    .to_vec()
}

/// A host whose guests' memory is searched.
struct Watched {
    host: Host,
    scans: Arc<AtomicUsize>,
    /// How often each needle was found.
    found: Arc<Mutex<BTreeMap<&'static str, usize>>>,
}

impl Watched {
    fn new(needles: &Needles) -> Self {
        let memories = Arc::new(Memories::default());
        let mut config = config(false);
        memories.serve(&mut config);
        let engine = Engine::new(&config).unwrap();
        let mut runtime = Runtime::with_engine(engine, None, None).unwrap();
        let finders: Arc<Vec<(&'static str, Finder<'static>)>> = Arc::new(
            needles
                .iter()
                .map(|(what, text)| (*what, Finder::new(text).into_owned()))
                .collect(),
        );
        let scans = Arc::new(AtomicUsize::new(0));
        let found: Arc<Mutex<BTreeMap<&'static str, usize>>> = Arc::default();
        let (counter, finds) = (Arc::clone(&scans), Arc::clone(&found));
        runtime.at_store = Some(Arc::new(move |store| {
            let (memories, finders) = (Arc::clone(&memories), Arc::clone(&finders));
            let (counter, finds) = (Arc::clone(&counter), Arc::clone(&finds));
            store.call_hook(move |_, hook| {
                if matches!(
                    hook,
                    CallHook::ReturningFromHost | CallHook::ReturningFromWasm
                ) {
                    memories.for_each(|memory| {
                        counter.fetch_add(1, Ordering::Relaxed);
                        for (what, finder) in finders.iter() {
                            if finder.find(memory).is_some() {
                                *finds.lock().unwrap().entry(what).or_default() += 1;
                            }
                        }
                    });
                }
                Ok(())
            });
        }));
        Self {
            host: Host::with_runtime(runtime, HostOptions::default()),
            scans,
            found,
        }
    }

    /// What was found. There must have been a look after each of several dozen host calls.
    fn found(&self) -> BTreeMap<&'static str, usize> {
        let scans = self.scans.load(Ordering::Relaxed);
        assert!(scans > 50, "only {scans} looks");
        self.found.lock().unwrap().clone()
    }

    /// Everything that a desk can be asked, whatever comes of it.
    async fn ask_everything(&self, settings: DeskSettings) -> usize {
        let desk = self.host.open(settings).await.unwrap();
        let object = Object::new("7777");
        let mut worked = 0;
        worked += usize::from(desk.check().await.is_ok());
        worked += usize::from(desk.tickets(&object, Filter::All).await.is_ok());
        worked += usize::from(desk.ticket("2").await.is_ok());
        worked += usize::from(desk.forms(&object).await.is_ok());
        desk.close().await;
        worked
    }
}

fn settings(desk: &RtDesk, username: &str, password: &str) -> DeskSettings {
    DeskSettings::new("scanned", "rt", desk.url(), username, password.into())
}

#[tokio::test]
async fn the_password_never_enters_the_connector() {
    let desk = RtDesk::start(RtOptions::default());
    let watched = Watched::new(&spellings(READER.0, READER.1));
    let worked = watched
        .ask_everything(settings(&desk, READER.0, READER.1))
        .await;
    assert_eq!(worked, 4);
    let used = sgi_test_desks::rt::basic(READER);
    assert!(
        desk.requests()
            .iter()
            .all(|request| request.header("authorization") == Some(&used)),
        "the desk got the password"
    );
    assert_eq!(watched.found(), BTreeMap::new());
}

#[tokio::test]
async fn a_desk_that_repeats_the_password_does_not_give_it_to_the_connector() {
    // All spellings of it differ.
    let password = "gr\u{fc}n & \"blau\" <\\> 50%";
    for when in [When::Always, When::After(2)] {
        let desk = RtDesk::start(RtOptions::default());
        desk.add_fault(when, Fault::EchoSecret);
        let watched = Watched::new(&spellings(READER.0, password));
        watched
            .ask_everything(settings(&desk, READER.0, password))
            .await;
        assert!(!desk.requests().is_empty());
        assert_eq!(watched.found(), BTreeMap::new());
    }
}

/// The control: were there something to find, it would be found.
#[tokio::test]
async fn what_does_enter_a_connector_is_found() {
    let desk = RtDesk::start(RtOptions::default());
    let mut needles = spellings(READER.0, READER.1);
    needles.push(("address", desk.url().into_bytes()));
    let watched = Watched::new(&needles);
    let mut given = settings(&desk, READER.0, READER.1);
    // A careless host: the secret is among what the connector reads as its settings.
    given
        .options
        .insert("queues".to_owned(), OptionValue::Text(READER.1.to_owned()));
    watched.ask_everything(given).await;
    let found = watched.found();
    assert!(found.contains_key("raw"), "{found:?}");
    assert!(found.contains_key("address"), "{found:?}");
    assert!(!found.contains_key("reversed"), "{found:?}");
}
