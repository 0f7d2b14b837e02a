//! The addresses that an administrator writes: a desk's, and a proxy's.

use url::Url;

/// Checks the address of a desk and brings it into the form that connectors get: the protocol, the
/// host, port and path kept, slashes at the end cut.
///
/// # Errors
/// A sentence that says what is wrong and what to do. It does not repeat the address, which may
/// hold a password.
pub fn desk_url(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err(
            "is empty; write the URL including the protocol, such as https://rt.example.org"
                .to_owned(),
        );
    }
    let url = web_url(text, "https://rt.example.org/rt")?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(
            "the URL holds a user name or a password; take them out and write them as `username` \
             and `password`"
                .to_owned(),
        );
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(
            "the URL has a part that starts with ? or #; write only the address at which the desk \
             starts"
                .to_owned(),
        );
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// Checks the address of a proxy: `http://[user:password@]host:port`.
///
/// # Errors
/// A sentence as for [`desk_url`].
pub fn proxy_url(text: &str) -> Result<String, String> {
    let text = text.trim();
    let example = "http://proxy.example.org:3128";
    let url = web_url(text, example)?;
    if url.scheme() != "http" {
        return Err(format!(
            "the proxy must be spoken to by http (it passes https through); write it such as \
             {example}"
        ));
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return Err(format!(
            "a proxy has only a host and a port; write it such as {example}"
        ));
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

fn web_url(text: &str, example: &str) -> Result<Url, String> {
    let Some((scheme, rest)) = text.split_once("://") else {
        return Err(format!(
            "the protocol is missing; write the URL including the protocol, such as {example}"
        ));
    };
    // Read by ourselves: the parser of the web accepts `https:host`, `https:///host` and
    // backslashes, and a mistake would be taken for something else.
    if !scheme.eq_ignore_ascii_case("https") && !scheme.eq_ignore_ascii_case("http") {
        return Err(format!(
            "the protocol must be https or http; write the URL such as {example}"
        ));
    }
    if rest.starts_with(['/', '?', '#']) || rest.is_empty() {
        return Err(format!(
            "the host is missing; write the URL such as {example}"
        ));
    }
    if text.contains(|c: char| c.is_whitespace() || c.is_control() || c == '\\') {
        return Err(
            "the URL holds a blank, a backslash or an invisible character; remove it \
                    (a blank in a path is written %20)"
                .to_owned(),
        );
    }
    Url::parse(text)
        .map_err(|error| format!("this is not a URL ({error}); write it such as {example}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn port_and_path_are_kept_and_slashes_at_the_end_cut() {
        for (written, read) in [
            ("https://rt.example.org", "https://rt.example.org"),
            (" https://rt.example.org/ ", "https://rt.example.org"),
            ("http://10.0.0.7:8080/rt//", "http://10.0.0.7:8080/rt"),
            (
                "HTTPS://RT.example.org/RT/x/",
                "https://rt.example.org/RT/x",
            ),
            ("https://[2001:db8::1]:8443/", "https://[2001:db8::1]:8443"),
            ("https://bücher.example", "https://xn--bcher-kva.example"),
        ] {
            assert_eq!(desk_url(written).as_deref(), Ok(read), "{written}");
        }
    }

    #[test]
    fn what_is_no_address_of_a_desk_is_told() {
        for (written, told) in [
            ("", "is empty"),
            ("rt.example.org", "protocol is missing"),
            ("rt.example.org:8080/rt", "protocol is missing"),
            ("https:rt.example.org", "protocol is missing"),
            ("ftp://rt.example.org", "must be https or http"),
            ("https://", "host is missing"),
            ("https:///rt", "host is missing"),
            ("https://rt example.org", "holds a blank"),
            ("https://rt.example.org\\rt", "a backslash"),
            (
                "https://rt.example.org:99999",
                "not a URL (invalid port number)",
            ),
            (
                "https://cmdb:s3cret@rt.example.org",
                "write them as `username`",
            ),
            ("https://cmdb@rt.example.org", "write them as `username`"),
            ("https://rt.example.org/?a=1", "starts with ? or #"),
            ("https://rt.example.org/#top", "starts with ? or #"),
        ] {
            let error = desk_url(written).unwrap_err();
            assert!(error.contains(told), "{written}: {error}");
            assert!(!error.contains("s3cret"), "{error}");
        }
    }

    #[test]
    fn a_proxy_may_have_a_user_and_nothing_behind_the_port() {
        let proxy = "http://u:p@proxy.example.org:3128";
        assert_eq!(proxy_url(proxy).as_deref(), Ok(proxy));
        for (written, told) in [
            ("proxy.example.org:3128", "protocol is missing"),
            ("https://proxy.example.org:3128", "by http"),
            (
                "http://u:s3cret@proxy.example.org/x",
                "only a host and a port",
            ),
            (
                "socks5://u:s3cret@proxy.example.org",
                "must be https or http",
            ),
        ] {
            let error = proxy_url(written).unwrap_err();
            assert!(error.contains(told), "{written}: {error}");
            assert!(!error.contains("s3cret"), "{error}");
        }
    }
}
