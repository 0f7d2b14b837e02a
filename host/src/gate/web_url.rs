//! The addresses that an administrator writes: a desk's, and a proxy's.

use url::Url;

/// Reads an address of the web as a person wrote it. `example` is one that would do.
///
/// # Errors
/// A sentence that says what is wrong and what to do. It does not repeat the address, which may hold
/// a password.
pub(super) fn web_url(text: &str, example: &str) -> Result<Url, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err(format!(
            "is empty; write the URL including the protocol, such as {example}"
        ));
    }
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
    use super::web_url;

    #[test]
    fn what_is_no_address_is_told() {
        for (written, told) in [
            ("", "is empty"),
            ("rt.example.org", "protocol is missing"),
            ("rt.example.org:8080/rt", "protocol is missing"),
            ("https:rt.example.org", "protocol is missing"),
            ("javascript:alert(1)", "protocol is missing"),
            ("ftp://rt.example.org", "must be https or http"),
            ("https://", "host is missing"),
            ("https:///rt", "host is missing"),
            ("https://rt example.org", "holds a blank"),
            ("https://rt.example.org\\rt", "a backslash"),
            (
                "https://u:s3cret@rt.example.org:99999",
                "not a URL (invalid port number)",
            ),
        ] {
            let error = web_url(written, "https://rt.example.org").unwrap_err();
            assert!(error.contains(told), "{written}: {error}");
            assert!(!error.contains("s3cret"), "{error}");
        }
    }
}
