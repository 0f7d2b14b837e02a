//! The program as a service, and a client of its API.

use crate::{Sgi, canary, program};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// `sgi serve`, for as long as this lives.
pub struct Served {
    child: Child,
    /// Its first line says where it listens; whoever closes the other end has it fail.
    _out: BufReader<ChildStdout>,
    address: String,
    token: Option<String>,
    told: Option<JoinHandle<String>>,
}

/// An answer.
#[derive(Debug)]
pub struct Answered {
    /// The HTTP status.
    pub status: u16,
    /// `Content-Type`.
    pub kind: String,
    /// The body, as JSON where it is.
    pub json: Value,
    /// The body.
    pub text: String,
}

impl Served {
    /// Starts it with the configuration of this user.
    pub fn start(sgi: &Sgi) -> Self {
        Self::spawn(sgi.command(&["serve", "--listen", "127.0.0.1:0"]))
    }

    /// The same, with this in its environment.
    pub fn start_with(sgi: &Sgi, name: &str, value: &str) -> Self {
        let mut command = sgi.command(&["serve", "--listen", "127.0.0.1:0"]);
        command.env(name, value);
        Self::spawn(command)
    }

    /// Starts it with the test desks that come along.
    pub fn demo(home: &Path) -> Self {
        let mut command = Command::new(program());
        command
            .args(["serve", "--demo", "--listen", "127.0.0.1:0"])
            .env_clear()
            .env("HOME", home)
            .env("TZ", "UTC")
            .current_dir(home);
        Self::spawn(command)
    }

    fn spawn(mut command: Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program was built by `cargo verify` before the tests");
        let mut out = BufReader::new(child.stdout.take().expect("a pipe"));
        let err = child.stderr.take().expect("a pipe");
        let told = std::thread::spawn(move || read(err));
        let mut line = String::new();
        out.read_line(&mut line).expect("a line");
        let Some(address) = line
            .split_once("http://")
            .and_then(|(_, rest)| rest.split(';').next())
        else {
            let _ = child.wait();
            panic!("it does not serve: {line} {}", told.join().expect("read"));
        };
        Self {
            address: address.to_owned(),
            child,
            _out: out,
            token: None,
            told: Some(told),
        }
    }

    /// From now on with this token.
    pub fn with_token(mut self, token: &str) -> Self {
        self.token = Some(token.to_owned());
        self
    }

    /// Asks as whoever has this token; empty: nobody.
    pub fn set_token(&mut self, token: &str) {
        self.token = Some(token.to_owned()).filter(|token| !token.is_empty());
    }

    /// Its address with a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// `GET`.
    pub fn get(&self, path: &str) -> Answered {
        self.ask("GET", path, None)
    }

    /// `POST` with a JSON body.
    pub fn post(&self, path: &str, body: &Value) -> Answered {
        self.ask("POST", path, Some(body))
    }

    /// `PUT` with a JSON body.
    pub fn put(&self, path: &str, body: &Value) -> Answered {
        self.ask("PUT", path, Some(body))
    }

    /// `DELETE`.
    pub fn delete(&self, path: &str) -> Answered {
        self.ask("DELETE", path, None)
    }

    fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Answered {
        self.try_ask(method, path, body)
            .unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    /// A request that may get no answer.
    pub fn try_ask(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answered, ureq::Error> {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(120)))
            .build()
            .into();
        let mut request = ureq::http::Request::builder()
            .method(method)
            .uri(self.url(path));
        if let Some(token) = &self.token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        let response = match body {
            Some(body) => {
                let request = request.header("Content-Type", "application/json");
                agent.run(request.body(body.to_string()).expect("a request"))
            }
            None => agent.run(request.body(()).expect("a request")),
        };
        let mut response = response?;
        let kind = response.headers().get("Content-Type");
        let kind = kind
            .map_or("", |kind| kind.to_str().expect("ASCII"))
            .to_owned();
        let status = response.status().as_u16();
        let text = response.body_mut().read_to_string()?;
        canary::not_in(&format!("{method} {path}"), text.as_bytes());
        Ok(Answered {
            status,
            kind,
            json: serde_json::from_str(&text).unwrap_or_default(),
            text,
        })
    }

    /// Waits until this holds of an answer to `GET`.
    pub fn until(&self, path: &str, holds: impl Fn(&Value) -> bool) -> Value {
        let began = Instant::now();
        loop {
            let answered = self.get(path);
            if answered.status == 200 && holds(&answered.json) {
                return answered.json;
            }
            assert!(
                began.elapsed() < Duration::from_secs(60),
                "{path}: not within a minute: {}",
                answered.text
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// SIGTERM; its exit status.
    pub fn stop(mut self) -> i32 {
        let id = self.child.id().to_string();
        let killed = Command::new("kill").args(["-TERM", &id]).status();
        assert!(killed.expect("kill").success());
        self.child.wait().expect("it ends").code().unwrap_or(-1)
    }

    /// Waits until it has ended by itself.
    pub fn ended(mut self) {
        let _ = self.child.wait();
    }

    /// SIGKILL.
    pub fn kill(mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(told) = self.told.take()
            && !std::thread::panicking()
        {
            canary::not_in("the log", told.join().expect("read").as_bytes());
        }
    }
}

/// To the end, so that the program never waits for its reader.
fn read(err: ChildStderr) -> String {
    let mut text = String::new();
    for line in BufReader::new(err).lines().map_while(Result::ok) {
        if std::env::var_os("SGI_TEST_LOG").is_some() {
            eprintln!("{line}");
        }
        text.push_str(&line);
        text.push('\n');
    }
    text
}
