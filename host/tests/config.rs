//! Every `config/NAME.toml` is a test. Where a `NAME.error` stands beside it, reading the file, or
//! the settings of its desks, must fail with exactly that text; where none does, all must succeed.
//! The files are read as if they were `/etc/sgi/sgi.toml`. A password in them contains `s3cret`, and
//! no error may. `SGI_WRITE_EXPECTED=1` writes the texts as they are now: read them before you
//! commit them.

use sgi_host::config::{Config, ConfigError};
use std::fs;
use std::path::Path;

/// Everything that is wrong with the text, as people see it.
fn errors(text: &str) -> String {
    let config = match Config::parse(text, Path::new("/etc/sgi/sgi.toml")) {
        Ok(config) => config,
        Err(error) => return error.to_string(),
    };
    let desks = config.desks.values();
    let errors: Vec<ConfigError> = desks
        .filter_map(|desk| desk.settings().err())
        .chain(config.cmdb.and_then(|cmdb| cmdb.settings().err()))
        .collect();
    let texts: Vec<String> = errors.iter().map(ToString::to_string).collect();
    texts.join("\n")
}

#[test]
fn each_file_of_the_folder_gives_its_errors() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/config");
    let mut count = 0;
    let mut failures = Vec::new();
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        count += 1;
        let found = errors(&fs::read_to_string(&path).unwrap());
        let expected = fs::read_to_string(path.with_extension("error")).unwrap_or_default();
        let name = path.file_name().unwrap().display();
        if std::env::var_os("SGI_WRITE_EXPECTED").is_some() && !found.is_empty() {
            fs::write(path.with_extension("error"), format!("{found}\n")).unwrap();
        }
        if found != expected.trim_end() {
            failures.push(format!("{name}:\nexpected:\n{expected}\nfound:\n{found}\n"));
        }
        if found.contains("s3cret") {
            failures.push(format!("{name} tells a secret:\n{found}\n"));
        }
    }
    assert!(count > 10, "only {count} cases in {}", folder.display());
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// What the settings hold when everything is written down.
#[test]
fn all_keys_arrive_in_the_settings() {
    use secrecy::ExposeSecret;
    use sgi_host::OptionValue;
    use std::time::Duration;

    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/config/complete.toml");
    let text = fs::read_to_string(path).unwrap();
    let config = Config::parse(&text, Path::new("/etc/sgi/sgi.toml")).unwrap();
    let names: Vec<&str> = config.desks.keys().map(String::as_str).collect();
    assert_eq!(names, ["helpdesk", "field.service"], "the file's order");
    assert_eq!(
        config.host.state_dir.as_deref(),
        Some(Path::new("/etc/sgi/state"))
    );
    assert_eq!(
        config.host.cache_dir.as_deref(),
        Some(Path::new("/var/cache/sgi"))
    );
    assert_eq!(config.host.connectors_dir, None);
    let digest = "0123456789abcdef".repeat(4);
    let allowed: Vec<&String> = config.empty_wasi.iter().collect();
    assert_eq!(allowed, ["otrs", &format!("zammad@sha256:{digest}")]);
    let pins: Vec<String> = config
        .pins
        .iter()
        .map(|(id, pin)| format!("{id}@{pin}"))
        .collect();
    let other: String = digest.chars().rev().collect();
    let expected = [("jira", &other), ("zammad", &digest)];
    assert_eq!(
        pins,
        expected.map(|(id, digest)| format!("{id}@sha256:{digest}"))
    );
    assert_eq!(config.trusted_keys.len(), 1);
    assert_eq!(config.trusted_keys[0].name(), "E7620F1842B4E81F");

    let desk = config.desks.get("helpdesk").unwrap().settings().unwrap();
    assert_eq!(desk.name, "helpdesk");
    assert_eq!(desk.kind, "rt");
    assert!(desk.active);
    assert_eq!(desk.url, "https://rt.example.org:8443/rt");
    assert_eq!(
        desk.link_url.as_deref(),
        Some("https://tickets.example.org")
    );
    assert_eq!(desk.username, "cmdb");
    assert_eq!(desk.password.expose_secret(), "s3cret \\ word");
    let text = |text: &str| Some(OptionValue::Text(text.to_owned()));
    assert_eq!(
        desk.options.get("queues").cloned(),
        text("General, Incidents")
    );
    assert_eq!(desk.options.get("tenant").cloned(), text("1"));
    assert_eq!(desk.options.get("strict").cloned(), text("true"));
    assert_eq!(
        desk.options.get("states"),
        Some(&OptionValue::List(vec!["new".to_owned(), "5".to_owned()]))
    );
    assert!(desk.network.accept_any_certificate);
    assert_eq!(
        desk.network.proxy.as_ref().map(ExposeSecret::expose_secret),
        Some("http://u:s3cret@proxy.example.org:3128")
    );
    let allowed: Vec<String> = desk
        .network
        .allow_addresses
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(allowed, ["10.1.2.3/32", "fd00::/8"]);
    assert_eq!(desk.network.connect_timeout, Duration::from_millis(500));
    assert_eq!(desk.network.request_timeout, Duration::from_secs(45));
    assert_eq!(desk.network.max_response, 64 << 20);
    assert_eq!(desk.network.parallel, 4);
    assert_eq!(desk.limits.call_timeout, Duration::from_secs(90));
    assert_eq!(desk.limits.requests, 5000);

    let desk = config.desks.get("field.service").unwrap();
    assert!(!desk.active());
}

/// As above, of the CMDB.
#[test]
fn all_keys_of_the_cmdb_arrive_in_the_settings() {
    use secrecy::ExposeSecret;
    use std::time::Duration;

    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/config/cmdb.toml");
    let text = fs::read_to_string(path).unwrap();
    let text = format!("{text}\n[desks.two]\ntype = 'otrs'\n[desks.three]\ntype = 'rt@1.0.0'");
    let config = Config::parse(&text, Path::new("/etc/sgi/sgi.toml")).unwrap();
    let cmdb = config.cmdb.unwrap().settings().unwrap();
    assert_eq!(cmdb.url, "https://cmdb.example.org/i-doit");
    assert_eq!(cmdb.key.expose_secret(), "s3cret");
    let (username, password) = cmdb.user.unwrap();
    assert_eq!(
        (username.as_str(), password.expose_secret()),
        ("sgi", "s3cret too")
    );
    assert_eq!(cmdb.language.as_deref(), Some("en"));
    assert_eq!(cmdb.interval, Duration::from_secs(30));
    assert_eq!(cmdb.batch, 20);
    assert_eq!(cmdb.settle_time, Duration::from_secs(600));
    assert_eq!(cmdb.network.request_timeout, Duration::from_secs(20));
    assert!(cmdb.network.proxy.is_some());
    assert_eq!(
        cmdb.rt_desks.into_iter().collect::<Vec<_>>(),
        ["helpdesk", "three"]
    );
}

/// One desk's trouble is its own.
#[test]
fn a_desk_without_its_password_does_not_hinder_the_other() {
    let text = r#"
        [desks.one]
        type = "rt"
        url = "https://one.example.org"
        username = "cmdb"
        password = { env = "SGI_TEST_IS_NOT_SET" }

        [desks.two]
        type = "rt"
        url = "https://two.example.org"
        username = "cmdb"
        password = "s3cret"
    "#;
    let config = Config::parse(text, Path::new("sgi.toml")).unwrap();
    let error = config.desks.get("one").unwrap().settings().unwrap_err();
    assert_eq!(
        error.to_string(),
        "sgi.toml:6: desks.one.password: the environment variable SGI_TEST_IS_NOT_SET is not set; \
         set it where sgi is started, or use { file = … }"
    );
    assert!(config.desks.get("two").unwrap().settings().is_ok());
}

/// What `{:?}` of a configuration shows may end up in a log.
#[test]
fn debug_output_holds_no_password() {
    let text = "[desks.one]\npassword = \"s3cret\"\nproxy = \"http://u:s3cret@p:1\"\n";
    let config = Config::parse(text, Path::new("sgi.toml")).unwrap();
    let shown = format!("{config:?}");
    assert!(!shown.contains("s3cret"), "{shown}");
}
