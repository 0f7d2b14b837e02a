//! The desk's address: the only place that its connector may reach.

use super::web_url::web_url;
use http::Uri;
use std::net::IpAddr;
use url::{Host, Url};

/// A desk's address, taken apart.
#[derive(Debug, Clone)]
pub(crate) struct Origin {
    /// The whole of it, in the one spelling that the host uses, without a trailing slash.
    address: String,
    scheme: String,
    /// Host and, unless it is the scheme's own, port; as it stands in a request.
    authority: String,
    /// Without a trailing slash; empty at the root.
    base_path: String,
    host: Host<String>,
}

impl Origin {
    /// Reads an address as a person wrote it.
    ///
    /// # Errors
    /// A sentence that says what is wrong and what to do. It does not repeat the address, which may
    /// hold a password.
    pub(crate) fn parse(address: &str) -> Result<Self, String> {
        Self::like(address, "https://rt.example.org/rt")
    }

    /// As [`parse`](Self::parse), of the CMDB.
    ///
    /// # Errors
    /// As there.
    pub(crate) fn of_cmdb(address: &str) -> Result<Self, String> {
        Self::like(address, "https://cmdb.example.org/i-doit")
    }

    fn like(address: &str, example: &str) -> Result<Self, String> {
        let url = web_url(address, example)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(
                "the URL holds a user name or a password; take them out and write them as \
                 `username` and `password`"
                    .to_owned(),
            );
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(
                "the URL has a part that starts with ? or #; write only the address at which the \
                 desk starts"
                    .to_owned(),
            );
        }
        let host = url.host().ok_or("the host is missing")?.to_owned();
        let authority = match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_string(),
        };
        let scheme = url.scheme().to_owned();
        let base_path = url.path().trim_end_matches('/').to_owned();
        Ok(Self {
            address: format!("{scheme}://{authority}{base_path}"),
            scheme,
            authority,
            base_path,
            host,
        })
    }

    /// The address in the one spelling that the host uses, without a trailing slash.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// `host:port`, for messages.
    pub(crate) fn authority(&self) -> &str {
        &self.authority
    }

    /// Whether it is a site's own address, and nothing below it: in letters that a header with a list of sites
    /// can hold.
    pub(crate) fn is_whole_site(&self) -> bool {
        let letter = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte);
        self.base_path.is_empty() && self.authority.bytes().all(letter)
    }

    pub(crate) fn is_https(&self) -> bool {
        self.scheme == "https"
    }

    /// Whether the address itself says that the desk is on this machine.
    pub(crate) fn is_loopback(&self) -> bool {
        match &self.host {
            Host::Domain(name) => name.trim_end_matches('.').eq_ignore_ascii_case("localhost"),
            Host::Ipv4(address) => address.is_loopback(),
            Host::Ipv6(address) => address.to_canonical().is_loopback(),
        }
    }

    /// The name that the desk's certificate must be for.
    pub(crate) fn server_name(&self) -> Option<rustls::pki_types::ServerName<'static>> {
        use rustls::pki_types::ServerName;
        match &self.host {
            Host::Domain(name) => ServerName::try_from(name.clone()).ok(),
            Host::Ipv4(address) => Some(ServerName::from(IpAddr::V4(*address))),
            Host::Ipv6(address) => Some(ServerName::from(IpAddr::V6(*address))),
        }
    }

    /// Whether the settings themselves name this address: as a literal, or as `localhost`.
    pub(crate) fn names(&self, address: IpAddr) -> bool {
        match &self.host {
            Host::Ipv4(named) => IpAddr::V4(*named) == address,
            Host::Ipv6(named) => {
                IpAddr::V6(*named) == address || IpAddr::V6(*named).to_canonical() == address
            }
            Host::Domain(name) => {
                address.is_loopback()
                    && name.trim_end_matches('.').eq_ignore_ascii_case("localhost")
            }
        }
    }

    /// The path below the desk's address that a request asks for, or why it is none. The guest is
    /// told the address in one spelling and builds on that; any other spelling is refused rather
    /// than understood.
    pub(crate) fn path_below<'a>(&self, target: &'a Uri) -> Result<&'a str, String> {
        if target.scheme_str() != Some(self.scheme.as_str())
            || target.authority().map(http::uri::Authority::as_str) != Some(self.authority.as_str())
        {
            return Err(format!(
                "a request to {}://{}",
                target.scheme_str().unwrap_or_default(),
                target.authority().map_or("", http::uri::Authority::as_str)
            ));
        }
        let path = target.path();
        let below = path
            .strip_prefix(self.base_path.as_str())
            .filter(|below| below.starts_with('/'))
            .ok_or_else(|| format!("a request to {path}, outside {}", self.base_path))?;
        let odd = |segment: &str| {
            let plain = segment.to_ascii_lowercase().replace("%2e", ".");
            plain == "." || plain == ".."
        };
        // The rest is as the administrator wrote it.
        let lower = below.to_ascii_lowercase();
        if below.split('/').any(odd)
            || lower.contains("%2f")
            || lower.contains("%5c")
            || lower.contains("%00")
            || below.contains('\\')
            || below.starts_with("//")
        {
            return Err("a request to a path that servers understand differently".to_owned());
        }
        Ok(below)
    }

    /// Whether a link leads below this address.
    pub(crate) fn holds_link(&self, link: &str) -> bool {
        // As a browser would read it, and as it is written: both must agree.
        let Some(rest) = link.strip_prefix(self.address()) else {
            return false;
        };
        if !(rest.is_empty() || rest.starts_with(['/', '?', '#'])) {
            return false;
        }
        // What every reader reads alike, as nearly all links are.
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/?=&-_.".contains(&byte);
        if rest.bytes().all(plain) && !rest.contains("..") {
            return true;
        }
        if link.chars().any(|c| c.is_control() || c.is_whitespace()) || link.contains('\\') {
            return false;
        }
        Url::parse(link).is_ok_and(|url| {
            url.scheme() == self.scheme
                && url.host().map(|host| host.to_owned()) == Some(self.host.clone())
                && url.username().is_empty()
                && url.password().is_none()
                && (url.path() == self.base_path
                    || url.path().starts_with(&format!("{}/", self.base_path)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Origin;
    use http::Uri;

    fn origin() -> Origin {
        Origin::parse("https://Desk.example.org:8443/rt/").unwrap()
    }

    #[test]
    fn an_address_has_one_spelling() {
        for (written, read) in [
            ("https://rt.example.org", "https://rt.example.org"),
            (" https://rt.example.org/ ", "https://rt.example.org"),
            (
                "HTTPS://RT.example.org:443/RT/",
                "https://rt.example.org/RT",
            ),
            ("http://10.0.0.7:8080/rt//", "http://10.0.0.7:8080/rt"),
            ("http://2130706433/", "http://127.0.0.1"),
            ("https://[2001:db8::1]:8443/", "https://[2001:db8::1]:8443"),
            (
                "https://bücher.example/x",
                "https://xn--bcher-kva.example/x",
            ),
        ] {
            assert_eq!(Origin::parse(written).unwrap().address(), read);
        }
    }

    #[test]
    fn what_is_no_address_of_a_desk_is_told() {
        for (written, told) in [
            (
                "https://cmdb:s3cret@rt.example.org",
                "write them as `username`",
            ),
            ("https://cmdb@rt.example.org", "write them as `username`"),
            ("https://rt.example.org/?a=1", "starts with ? or #"),
            ("https://rt.example.org/#top", "starts with ? or #"),
            ("rt.example.org", "protocol is missing"),
        ] {
            let error = Origin::parse(written).unwrap_err();
            assert!(error.contains(told), "{written}: {error}");
            assert!(!error.contains("s3cret"), "{error}");
        }
    }

    #[test]
    fn only_paths_below_the_desks_address_are_let_through() {
        let below = |uri: &str| {
            origin()
                .path_below(&uri.parse::<Uri>().unwrap())
                .map(str::to_owned)
        };
        assert_eq!(
            below("https://desk.example.org:8443/rt/REST?x").unwrap(),
            "/REST"
        );
        for uri in [
            "http://desk.example.org:8443/rt/REST",
            "https://desk.example.org/rt/REST",
            "https://desk.example.org.:8443/rt/REST",
            "https://DESK.example.org:8443/rt/REST",
            "https://x@desk.example.org:8443/rt/REST",
            "https://evil.example:8443/rt/REST",
            "https://desk.example.org:8443/rtx/REST",
            "https://desk.example.org:8443/rt",
            "https://desk.example.org:8443/rt/../admin",
            "https://desk.example.org:8443/rt/%2e%2E/admin",
            "https://desk.example.org:8443/rt/..%2fadmin",
            "https://desk.example.org:8443/rt//evil",
        ] {
            assert!(below(uri).is_err(), "{uri}");
        }
    }

    #[test]
    fn a_link_must_lead_below_the_desks_address() {
        let holds = |link: &str| origin().holds_link(link);
        assert!(holds(
            "https://desk.example.org:8443/rt/Ticket/Display.html?id=1"
        ));
        for link in [
            "javascript:alert(1)",
            "https://desk.example.org:8443/rt@evil.example/",
            "https://desk.example.org:8443/rtx",
            "https://desk.example.org:8443/rt/../../x",
            "https://desk.example.org:8443/rt/\\evil",
            "https://desk.example.org:8443/rt/a b",
            "https://evil.example/https://desk.example.org:8443/rt/",
            "//desk.example.org:8443/rt/",
        ] {
            assert!(!holds(link), "{link}");
        }
    }
}
