//! What the tests share.

use sgi_guest::types::{Delay, Error, SettingProblem};
use sgi_guest::{DeskSettings, OptionValue, Settings};

/// Settings of a desk with these options.
pub(crate) fn settings(options: &[(&str, &str)]) -> Settings {
    settings_of("https://itop.example.org/itop", options)
}

/// … at this address.
pub(crate) fn settings_of(url: &str, options: &[(&str, &str)]) -> Settings {
    Settings::given(DeskSettings {
        url: url.to_owned(),
        link_url: url.to_owned(),
        username: "cmdb".to_owned(),
        password: "placeholder".to_owned(),
        options: options
            .iter()
            .map(|(key, value)| OptionValue {
                key: (*key).to_owned(),
                values: vec![(*value).to_owned()],
            })
            .collect(),
        learned: None,
    })
}

/// The sentence of an error.
pub(crate) fn message(error: &Error) -> &str {
    match error {
        Error::BadCredentials(problem)
        | Error::Forbidden(problem)
        | Error::NotFound(problem)
        | Error::InvalidSetting(SettingProblem { problem, .. })
        | Error::InvalidInput(problem)
        | Error::RateLimited(Delay { problem, .. })
        | Error::Unavailable(Delay { problem, .. })
        | Error::Protocol(problem)
        | Error::StaleKnowledge(problem)
        | Error::NeedsIndex(problem)
        | Error::Unsupported(problem) => &problem.message,
    }
}

/// In place of the host: plain HTTP to a test desk on loopback.
pub(crate) mod host {
    use crate::host::Answered;
    use crate::manifest::{PATH, key};
    use sgi_guest::types::{Error, Instant};
    use sgi_guest::{Settings, fail, text};
    use std::io::{Read, Write};
    use std::net::TcpStream;
    use std::time::SystemTime;

    pub(crate) fn now() -> Instant {
        let since = SystemTime::UNIX_EPOCH.elapsed().expect("a clock");
        i64::try_from(since.as_millis()).expect("a time")
    }

    pub(crate) fn warn(_: &str) {}

    pub(crate) fn post(settings: &Settings, operation: &str) -> Result<Answered, Error> {
        let gone = |_| fail::unavailable("the test desk is gone", None);
        let rest = settings.url().strip_prefix("http://").expect("plain HTTP");
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let slash = if path.is_empty() { "" } else { "/" };
        let mut form = vec![("json_data", operation)];
        let mut token = String::new();
        if settings.text(key::CREDENTIAL) == Some("token") {
            token = format!("Auth-Token: {}\r\n", settings.password());
        } else {
            form.push(("auth_user", settings.username()));
            form.push(("auth_pwd", settings.password()));
        }
        let form = text::address("", "", &form);
        let form = form.trim_start_matches('?');
        let request = format!(
            "POST {slash}{path}{PATH}?version=1.3 HTTP/1.1\r\nHost: {host}\r\n{token}Content-Type: \
             application/x-www-form-urlencoded\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{form}",
            form.len()
        );
        let mut stream = TcpStream::connect(host).map_err(gone)?;
        stream.write_all(request.as_bytes()).map_err(gone)?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).map_err(gone)?;
        Ok(answered(&answer))
    }

    fn answered(answer: &[u8]) -> Answered {
        let mut ends = answer.windows(4);
        let end = ends.position(|four| four == b"\r\n\r\n").expect("a head");
        let head = String::from_utf8_lossy(&answer[..end]).into_owned();
        let code = head.split(' ').nth(1).and_then(|code| code.parse().ok());
        let status: u16 = code.expect("a status");
        let header = |name: &str| {
            let mut lines = head.lines().filter_map(|line| line.split_once(": "));
            let found = lines.find(|(known, _)| known.eq_ignore_ascii_case(name));
            found.map(|(_, value)| value.to_owned())
        };
        let body = answer[end + 4..].to_vec();
        let chunked = header("transfer-encoding").is_some();
        Answered {
            status,
            date: header("date"),
            body: if chunked { unchunked(&body) } else { body },
            failure: (status >= 500).then(|| fail::unavailable("broken", None)),
        }
    }

    fn unchunked(mut body: &[u8]) -> Vec<u8> {
        let mut whole = Vec::new();
        while let Some(end) = body.windows(2).position(|two| two == b"\r\n") {
            let size = String::from_utf8_lossy(&body[..end]).into_owned();
            let size = usize::from_str_radix(size.trim(), 16).expect("a size");
            if size == 0 {
                break;
            }
            whole.extend_from_slice(&body[end + 2..end + 2 + size]);
            body = &body[end + 4 + size..];
        }
        whole
    }
}
