//! A browser without scripts: it keeps cookies, and follows where it is told to.

use crate::Served;
use crate::canary;
use std::collections::BTreeMap;

/// Somebody who looks at the pages.
#[derive(Clone)]
pub struct Browser<'a> {
    served: &'a Served,
    says: Vec<(&'static str, String)>,
    /// As they were set, by name.
    cookies: BTreeMap<String, String>,
}

/// A page.
#[derive(Debug)]
pub struct Page {
    /// The HTTP status.
    pub status: u16,
    /// What it holds.
    pub text: String,
    /// `Location`, empty without one.
    pub location: String,
    /// `Content-Security-Policy`, empty without one.
    pub policy: String,
    cookies: Vec<String>,
}

impl<'a> Browser<'a> {
    /// Nobody is logged in, and English is spoken.
    pub fn new(served: &'a Served) -> Self {
        Self {
            served,
            says: vec![("Accept-Language", "en".to_owned())],
            cookies: BTreeMap::new(),
        }
    }

    /// With this `Accept-Language`.
    pub fn speaking(mut self, languages: &str) -> Self {
        self.says = vec![("Accept-Language", languages.to_owned())];
        self
    }

    /// With a further header.
    pub fn saying(mut self, name: &'static str, value: &str) -> Self {
        self.says.push((name, value.to_owned()));
        self
    }

    /// A cookie as it was set.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(name).map(String::as_str)
    }

    /// `GET`.
    pub fn get(&self, path: &str) -> Page {
        self.ask(path, None)
    }

    /// A form is sent.
    pub fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        self.ask(path, Some(fields))
    }

    /// `GET`, keeping cookies, and where that leads.
    pub fn follow(&mut self, path: &str) -> Page {
        let page = self.ask(path, None);
        self.go_on(page)
    }

    /// A form is sent; where that leads.
    pub fn post_and_follow(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let page = self.ask(path, Some(fields));
        self.go_on(page)
    }

    fn go_on(&mut self, page: Page) -> Page {
        for cookie in &page.cookies {
            let (name, rest) = cookie.split_once('=').expect("a cookie");
            if rest.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), cookie.clone());
            }
        }
        match page.location.as_str() {
            "" => page,
            location => self.ask(location, None),
        }
    }

    fn ask(&self, path: &str, fields: Option<&[(&str, &str)]>) -> Page {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .build()
            .into();
        let path = path.split('#').next().unwrap_or_default();
        let mut request = ureq::http::Request::builder()
            .method(if fields.is_some() { "POST" } else { "GET" })
            .uri(self.served.url(path));
        for (name, value) in &self.says {
            request = request.header(*name, value);
        }
        let cookies = self.cookies.values();
        let cookies: Vec<&str> = cookies
            .filter_map(|cookie| cookie.split(';').next())
            .collect();
        if !cookies.is_empty() {
            request = request.header("Cookie", cookies.join("; "));
        }
        let response = match fields {
            Some(fields) => {
                let body = form_urlencoded::Serializer::new(String::new())
                    .extend_pairs(fields)
                    .finish();
                let kind = "application/x-www-form-urlencoded";
                agent.run(
                    request
                        .header("Content-Type", kind)
                        .body(body)
                        .expect("a request"),
                )
            }
            None => agent.run(request.body(()).expect("a request")),
        };
        let mut response = response.unwrap_or_else(|error| panic!("{path}: {error}"));
        let head = |name: &str| {
            let value = response.headers().get(name);
            value
                .map_or("", |value| value.to_str().expect("ASCII"))
                .to_owned()
        };
        let set = response.headers().get_all("Set-Cookie").iter();
        Page {
            status: response.status().as_u16(),
            location: head("Location"),
            policy: head("Content-Security-Policy"),
            cookies: set
                .map(|cookie| cookie.to_str().expect("ASCII").to_owned())
                .collect(),
            text: seen(response.body_mut().read_to_string().expect("text")),
        }
    }
}

/// A page, in which no password is.
fn seen(text: String) -> String {
    canary::not_in("a page", text.as_bytes());
    text
}
