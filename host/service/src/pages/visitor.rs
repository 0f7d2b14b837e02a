//! Who looks at a page, and in which language.

use super::words::{Language, Words};
use crate::registry::{Principal, Role};
use axum::extract::FromRequestParts;
use axum_extra::extract::CookieJar;
use http::header;
use http::request::Parts;
use std::convert::Infallible;

/// The cookie with the language that somebody chose.
pub(super) const LANGUAGE: &str = "sgi_language";

/// Who looks at a page.
#[derive(Clone)]
pub(super) struct Visitor {
    pub(super) words: &'static Words,
    /// None: nobody was asked who they are.
    pub(super) principal: Option<Principal>,
    /// Path and query of the page.
    pub(super) here: String,
}

impl Visitor {
    pub(super) fn of(parts: &Parts) -> Self {
        let jar = CookieJar::from_headers(&parts.headers);
        let chosen = jar.get(LANGUAGE);
        let chosen = chosen.and_then(|cookie| Language::of(cookie.value()));
        let language = chosen.unwrap_or_else(|| {
            let header = parts.headers.get(header::ACCEPT_LANGUAGE);
            Language::preferred(header.and_then(|header| header.to_str().ok()).unwrap_or(""))
        });
        let here = parts.uri.path_and_query();
        Self {
            words: Words::of(language),
            principal: parts.extensions.get().cloned(),
            here: here.map_or("/", |here| here.as_str()).to_owned(),
        }
    }
}

impl Visitor {
    /// Whether they are shown what needs this role.
    pub(super) fn may(&self, role: Role) -> bool {
        let principal = self.principal.as_ref();
        principal.is_some_and(|principal| principal.role >= role)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(parts))
    }
}

/// Where a visitor may be sent back to: to a page of ours and nowhere else.
pub(super) fn own(path: &str) -> &str {
    let own = path.starts_with('/')
        && !path.starts_with("//")
        && path
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if own { path } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::own;

    #[test]
    fn nobody_is_sent_to_another_site() {
        for path in ["/", "/tickets?object=1&status=open", "/desks#rt"] {
            assert_eq!(own(path), path);
        }
        for path in [
            "",
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "/\t/evil.example",
            "evil",
            "/ü",
        ] {
            assert_eq!(own(path), "/", "{path:?}");
        }
    }
}
