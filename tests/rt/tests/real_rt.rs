//! What a test may rely on when it starts a real Request Tracker.
//!
//! Each test has a server of its own, as the tests of other crates have.

use std::{
    error::Error,
    fs,
    io::{BufRead as _, BufReader},
    net::TcpStream,
    panic,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use sgi_real_rt::{
    AGENT, AUTHOR, Account, BARE_AUTHOR, BLIND_AUTHOR, DISABLED, NO_FIELDS, NO_RIGHTS, NO_TICKETS,
    Options, QUEUES_ONLY, READER, READER_TOKEN, ROOT, RealRt, SECOND_AGENT, THIRD_AGENT,
    TICKETS_ONLY, WRITER,
};

type Answer = Result<(u16, Value), Box<dyn Error>>;

/// Status and JSON of a GET.
fn get(url: &str, authorization: &str) -> Answer {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(None)
        .timeout_global(Some(Duration::from_secs(30)))
        .build()
        .into();
    let mut answer = agent
        .get(url)
        .header("Authorization", authorization)
        .header("User-Agent", "test")
        .call()?;
    let text = answer.body_mut().read_to_string()?;
    Ok((
        answer.status().as_u16(),
        serde_json::from_str(&text).unwrap_or(Value::String(text)),
    ))
}

/// The ids of the tickets that a query finds, for the reader.
fn search(rt: &RealRt, query: &str) -> Result<Vec<u64>, Box<dyn Error>> {
    let query = query
        .replace(' ', "%20")
        .replace('{', "%7B")
        .replace('}', "%7D");
    let path = format!("/REST/2.0/tickets?query={query}&orderby=id&per_page=100");
    let (_, found) = get(&format!("{}{path}", rt.url()), &READER.basic())?;
    let items = found
        .get("items")
        .and_then(Value::as_array)
        .ok_or("no items")?;
    items
        .iter()
        .map(|item| Ok(item["id"].as_str().ok_or("no id")?.parse()?))
        .collect()
}

/// The living processes of a group.
fn members(group: u32) -> Vec<u32> {
    let member = |entry: fs::DirEntry| {
        let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
        let (before, after) = stat.rsplit_once(") ")?;
        let mut fields = after.split(' ');
        let alive = fields.next()? != "Z";
        (alive && fields.nth(1)? == group.to_string()).then_some(())?;
        before.split(' ').next()?.parse().ok()
    };
    fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(member)
        .collect()
}

fn is_open(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).is_ok()
}

/// Asks again and again; something that another process does needs a moment.
fn comes_true(what: impl Fn() -> bool) -> bool {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !what() {
        if Instant::now() > deadline {
            return false;
        }
        thread::sleep(Duration::from_millis(20));
    }
    true
}

/// The program, started, and the port it has printed.
fn program() -> Result<(Child, u16), Box<dyn Error>> {
    let mut program = Command::new(env!("CARGO_BIN_EXE_real-rt"))
        .stdout(Stdio::piped())
        .spawn()?;
    let mut line = String::new();
    BufReader::new(program.stdout.take().ok_or("no output")?).read_line(&mut line)?;
    let port = line.trim().rsplit(':').next().ok_or("no port")?.parse()?;
    Ok((program, port))
}

fn send(signal: Signal, program: &Child) -> Result<(), Box<dyn Error>> {
    let pid = Pid::from_raw(program.id().cast_signed()).ok_or("no process id")?;
    Ok(kill_process(pid, signal)?)
}

#[test]
fn it_answers_at_the_root_and_ends_when_it_is_dropped() {
    let rt = RealRt::start(Options::default()).unwrap();
    let (port, group) = (rt.port(), rt.process_group());
    assert_eq!(rt.url(), format!("http://127.0.0.1:{port}"));
    let (status, about) = get(&format!("{}/REST/2.0/rt", rt.url()), &READER.basic()).unwrap();
    assert_eq!(status, 200);
    assert!(
        about["Version"].as_str().unwrap().starts_with("5.0."),
        "{about}"
    );
    assert!(
        members(group).len() >= 3,
        "a guard, a server and its workers"
    );

    drop(rt);

    assert!(!is_open(port));
    assert_eq!(members(group), Vec::<u32>::new(), "no process is left");
}

#[test]
fn it_answers_under_a_path() {
    let options = Options {
        web_path: "/rt".to_owned(),
        ..Options::default()
    };
    let rt = RealRt::start(options).unwrap();
    assert_eq!(rt.url(), format!("http://127.0.0.1:{}/rt", rt.port()));
    let (status, queue) = get(&format!("{}/REST/2.0/queue/3", rt.url()), &READER.basic()).unwrap();
    assert_eq!((status, queue["Name"].as_str()), (200, Some("Incidents")));
    // Its own idea of its address, which it writes into answers.
    let own = queue["_hyperlinks"][0]["_url"].as_str().unwrap();
    assert_eq!(own, format!("{}/REST/2.0/queue/3", rt.url()));

    let outside = format!("http://127.0.0.1:{}/REST/2.0/rt", rt.port());
    assert_eq!(get(&outside, &READER.basic()).unwrap().0, 404);
}

#[test]
fn right_passwords_are_let_in_and_others_are_not() {
    let rt = RealRt::start(Options::default()).unwrap();
    let url = format!("{}/REST/2.0/rt", rt.url());
    for account in [
        ROOT,
        READER,
        WRITER,
        NO_RIGHTS,
        AGENT,
        SECOND_AGENT,
        THIRD_AGENT,
    ] {
        assert_eq!(
            get(&url, &account.basic()).unwrap().0,
            200,
            "{}",
            account.name
        );
    }
    assert_eq!(get(&url, &format!("token {READER_TOKEN}")).unwrap().0, 200);

    let wrong = Account {
        password: "wrong",
        ..READER
    };
    assert_eq!(get(&url, &wrong.basic()).unwrap().0, 401);
    assert_eq!(get(&url, &DISABLED.basic()).unwrap().0, 401);
    assert_eq!(get(&url, &format!("token {READER_TOKEN}0")).unwrap().0, 401);
}

#[test]
fn the_tickets_of_an_object_are_known() {
    let rt = RealRt::start(Options::default()).unwrap();
    // Neither 142, 420 and 4 nor " 42 " and "0042", which ticket 7 has.
    assert_eq!(search(&rt, "CF.{2} = '42'").unwrap(), [2, 3]);
    // Tickets 32 to 34 refer to it, too, from a queue that the reader cannot see.
    assert_eq!(search(&rt, "CF.{2} = '1001'").unwrap(), [1, 2, 11, 36]);
    assert_eq!(
        search(&rt, "CF.{2} = '7777'").unwrap().len(),
        100,
        "a full page of 130"
    );
    assert_eq!(search(&rt, "CF.{2} = '999999'").unwrap(), Vec::<u64>::new());
}

#[test]
fn two_servers_share_nothing() {
    let (one, other) = thread::scope(|scope| {
        let start = || RealRt::start(Options::default()).unwrap();
        let other = scope.spawn(start);
        (start(), other.join().unwrap())
    });
    assert_ne!(one.port(), other.port());

    let path = "/REST/2.0/ticket/3";
    ureq::put(format!("{}{path}", one.url()))
        .header("Authorization", WRITER.basic())
        .header("Content-Type", "application/json")
        .send(r#"{"Subject": "changed"}"#)
        .unwrap();
    let subject = |rt: &RealRt| {
        let (_, ticket) = get(&format!("{}{path}", rt.url()), &READER.basic()).unwrap();
        ticket["Subject"].as_str().unwrap().to_owned()
    };
    assert_eq!(subject(&one), "changed");
    assert_eq!(subject(&other), "Object 42 only");
}

#[test]
fn it_ends_when_the_test_panics() {
    let rt = RealRt::start(Options::default()).unwrap();
    let (port, group) = (rt.port(), rt.process_group());
    let test = panic::catch_unwind(panic::AssertUnwindSafe(|| {
        let _rt = rt;
        panic!("a failed assertion");
    }));
    assert!(test.is_err());
    assert!(!is_open(port));
    assert_eq!(members(group), Vec::<u32>::new());
}

#[test]
fn it_outlives_the_thread_that_started_it() {
    let rt = thread::spawn(|| RealRt::start(Options::default()).unwrap())
        .join()
        .unwrap();
    assert_eq!(
        get(&format!("{}/REST/2.0/rt", rt.url()), &ROOT.basic())
            .unwrap()
            .0,
        200
    );
}

#[test]
fn it_ends_when_its_process_is_killed() {
    let (mut program, port) = program().unwrap();
    assert!(is_open(port));
    program.kill().unwrap();
    program.wait().unwrap();
    assert!(comes_true(|| !is_open(port)));
}

#[test]
fn the_program_ends_cleanly_on_sigterm_and_ctrl_c() {
    for signal in [Signal::TERM, Signal::INT] {
        let (mut program, port) = program().unwrap();
        send(signal, &program).unwrap();
        assert!(program.wait().unwrap().success());
        assert!(!is_open(port));
    }
}

#[test]
fn a_web_path_that_is_none_is_refused() {
    for path in ["rt", "/", "/rt/", "//rt", "/r t", "/rt?x"] {
        let options = Options {
            web_path: path.to_owned(),
            ..Options::default()
        };
        let message = RealRt::start(options).unwrap_err().to_string();
        assert!(
            message.contains(&format!("\"{path}\" is no path")),
            "{message}"
        );
    }
}

#[test]
fn the_accounts_are_those_of_the_description() {
    let seed = Path::new(env!("CARGO_MANIFEST_DIR")).join("seed.json");
    let seed: Value = serde_json::from_str(&fs::read_to_string(seed).unwrap()).unwrap();
    // The first users, and those that come later so that the ids of the first stay as recorded.
    let users = || {
        let later = seed["actions"].as_array().unwrap().iter();
        let later = later.filter(|action| action["do"] == "user");
        let first = seed["users"].as_array().unwrap().iter();
        first.chain(later.map(|action| &action["values"]))
    };
    for account in [
        READER,
        WRITER,
        NO_RIGHTS,
        NO_FIELDS,
        NO_TICKETS,
        QUEUES_ONLY,
        TICKETS_ONLY,
        AUTHOR,
        BARE_AUTHOR,
        BLIND_AUTHOR,
        DISABLED,
        AGENT,
        SECOND_AGENT,
        THIRD_AGENT,
    ] {
        let user = users().find(|user| user["Name"] == account.name).unwrap();
        assert_eq!(user["Password"], account.password);
    }
    let token = seed["actions"]
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["do"] == "token")
        .unwrap();
    assert_eq!(token["user"], READER.name);
    assert!(READER_TOKEN.ends_with(token["secret"].as_str().unwrap()));
}
