//! The second line: secrets that a desk echoes are taken out of its answers.

use super::finder::Finder;
use super::spelling::{Needle, basic_needles, needles};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

/// What stands where a secret stood. It needs no escape in JSON, XML, a header or a URL.
pub(crate) const MARKER: &str = "*removed*";

/// Below this many characters a secret may be an everyday word.
const SHORTEST: usize = 8;

/// Why a secret is not scrubbed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Uncovered {
    /// Fewer than eight characters: it would hit words that mean nothing.
    TooShort,
    /// The same as the user name, which desks write everywhere.
    SameAsUsername,
}

/// Whether a secret of a desk with that user name can be scrubbed.
pub(super) fn uncovered(username: &str, secret: &str) -> Option<Uncovered> {
    if secret.chars().count() < SHORTEST {
        Some(Uncovered::TooShort)
    } else if secret.to_lowercase() == username.to_lowercase() {
        Some(Uncovered::SameAsUsername)
    } else {
        None
    }
}

/// Takes secrets out of answers.
///
/// Each is found as it is; percent-encoded (any subset of its characters, `+` for a blank, UTF-8 or
/// Latin-1); escaped as in JSON, JavaScript or by a plain backslash; with entities (decimal,
/// hexadecimal, padded, HTML's names up to U+00FF); with these mixed, or in two layers; in
/// hexadecimal; in base64 (both alphabets, wrapped or escaped, wherever it begins, also after the
/// user name as in Basic credentials).
///
/// Not found: other cases, UTF-16, quoted-printable, three layers, hashes, a secret cut in two by
/// markup. The digits of base64 at the secret's edges stay, which hold bits of its neighbours too. An
/// answer to which a secret was a number without quotes is no JSON afterwards. An
/// answer that was made to keep the search busy is cut short by the marker.
pub(crate) struct Scrubber {
    /// How many secrets it takes out.
    secrets: usize,
    finder: Finder,
}

impl Scrubber {
    /// For these secrets; the ones that cannot be scrubbed are left out.
    pub(crate) fn new(username: &str, secrets: impl IntoIterator<Item = SecretString>) -> Self {
        let secrets: Vec<SecretString> = secrets
            .into_iter()
            .filter(|secret| uncovered(username, secret.expose_secret()).is_none())
            .collect();
        let all: Vec<Needle> = secrets
            .iter()
            .map(ExposeSecret::expose_secret)
            .flat_map(|secret| {
                let mut all = needles(secret, false);
                all.extend(basic_needles(username, secret));
                all
            })
            .collect();
        Self {
            secrets: secrets.len(),
            finder: Finder::new(&all),
        }
    }

    /// A whole body, already unpacked. Says how often a secret was taken out.
    pub(crate) fn body(&self, body: Bytes) -> (Bytes, usize) {
        let (scrubbed, hits) = self.scrub(&body);
        match scrubbed {
            Some(scrubbed) => (scrubbed.into(), hits),
            None => (body, 0),
        }
    }

    /// All values of headers. Says how often a secret was taken out.
    pub(crate) fn headers(&self, headers: &mut HeaderMap) -> usize {
        let mut hits = 0;
        for value in headers.values_mut() {
            if let (Some(scrubbed), found) = self.scrub(value.as_bytes()) {
                *value = HeaderValue::from_bytes(&scrubbed)
                    .unwrap_or_else(|_| HeaderValue::from_static(MARKER));
                hits += found;
            }
        }
        hits
    }

    /// A text that goes elsewhere than to the guest: a log line, an error of the HTTP client.
    pub(crate) fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match self.scrub(text.as_bytes()) {
            (Some(scrubbed), _) => match String::from_utf8(scrubbed) {
                Ok(scrubbed) => Cow::Owned(scrubbed),
                Err(_) => Cow::Borrowed(MARKER),
            },
            (None, _) => Cow::Borrowed(text),
        }
    }

    fn scrub(&self, text: &[u8]) -> (Option<Vec<u8>>, usize) {
        let mut scrubbed: Option<Vec<u8>> = None;
        let (mut done, mut hits) = (0, 0);
        let mut search = self.finder.search(text);
        while let Some(found) = search.next_from(done) {
            let Range { start, end } = whole_escapes(text, found, done);
            let scrubbed = scrubbed.get_or_insert_with(|| Vec::with_capacity(text.len()));
            scrubbed.extend_from_slice(text.get(done..start).unwrap_or_default());
            scrubbed.extend_from_slice(MARKER.as_bytes());
            (done, hits) = (end, hits + 1);
        }
        if let Some(scrubbed) = &mut scrubbed {
            scrubbed.extend_from_slice(text.get(done..).unwrap_or_default());
        }
        (scrubbed, hits)
    }
}

impl fmt::Debug for Scrubber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scrubber")
            .field("secrets", &self.secrets)
            .finish_non_exhaustive()
    }
}

/// Takes in a backslash escape that the occurrence would cut in two, so that JSON stays JSON: the
/// occurrence may begin with what is, to JSON, the end of `\n` or `\u00e9`.
fn whole_escapes(text: &[u8], found: Range<usize>, from: usize) -> Range<usize> {
    let Range { mut start, mut end } = found;
    let before = text.get(from..start).unwrap_or_default();
    let escaped = |before: &[u8]| {
        let backslashes = before.iter().rev().take_while(|byte| **byte == b'\\');
        backslashes.count() % 2 == 1
    };
    if escaped(before) {
        start -= 1;
    } else {
        let digits = before
            .iter()
            .rev()
            .take_while(|byte| byte.is_ascii_hexdigit())
            .take(3)
            .count();
        for taken in 0..=digits {
            let head = before.get(..before.len() - taken).unwrap_or_default();
            if let Some(head) = head.strip_suffix(b"u")
                && escaped(head)
            {
                start -= taken + 2;
                break;
            }
        }
    }
    if escaped(text.get(start..end).unwrap_or_default()) && end < text.len() {
        end += 1;
    }
    start..end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scrubber(secret: &str) -> Scrubber {
        Scrubber::new("root", [SecretString::from(secret)])
    }

    fn scrubbed(secret: &str, text: &str) -> String {
        let (body, _) = scrubber(secret).body(Bytes::copy_from_slice(text.as_bytes()));
        String::from_utf8(body.to_vec()).unwrap()
    }

    #[test]
    fn an_answer_without_a_secret_is_handed_on_as_it_is() {
        let body = Bytes::from_static(b"nothing here");
        let (scrubbed, hits) = scrubber("correct horse").body(body.clone());
        assert_eq!(scrubbed.as_ptr(), body.as_ptr());
        assert_eq!(hits, 0);
    }

    #[test]
    fn an_echoed_secret_is_taken_out() {
        assert_eq!(
            scrubbed("correct horse", "a correct horse and correct%20horse."),
            "a *removed* and *removed*."
        );
        assert_eq!(
            scrubbed("correct horse", "Basic cm9vdDpjb3JyZWN0IGhvcnNl"),
            "Basic *removed*"
        );
    }

    #[test]
    fn short_secrets_and_the_user_name_are_left_alone() {
        assert_eq!(scrubbed("horse", "a horse"), "a horse");
        assert_eq!(scrubbed("sevench", "sevench"), "sevench");
        assert_eq!(scrubbed("eight-ch", "eight-ch"), "*removed*");
        assert_eq!(scrubbed("äöüäöüäö", "äöüäöüäö"), "*removed*");
        let same = Scrubber::new("Service-Desk", [SecretString::from("service-desk")]);
        assert_eq!(same.text("service-desk"), "service-desk");
    }

    #[test]
    fn headers_are_scrubbed() {
        let mut headers = HeaderMap::new();
        headers.insert(
            "location",
            HeaderValue::from_static("/login?pw=correct+horse&x=1"),
        );
        headers.insert("x-other", HeaderValue::from_static("fine"));
        assert_eq!(scrubber("correct horse").headers(&mut headers), 1);
        assert_eq!(headers["location"], "/login?pw=*removed*&x=1");
        assert_eq!(headers["x-other"], "fine");
    }

    #[test]
    fn json_stays_json_where_the_secret_begins_inside_an_escape() {
        for (secret, text) in [
            ("nabcdefgh", r#""x\nabcdefgh""#),
            ("e9abcdefg", r#""x\u00e9abcdefg""#),
            ("00e9abcde", r#""x\u00e9abcde""#),
            ("u00e9abcde", r#""x\u00e9abcde""#),
            ("abcdefgh\\", r#""abcdefgh\"x""#),
            ("abcdefgh\\", r#""abcdefgh\\""#),
            ("\"abcdefgh", r#""x\"abcdefgh""#),
        ] {
            let result = scrubbed(secret, text);
            assert!(result.contains(MARKER), "{result}");
            let parsed: Result<String, _> = serde_json::from_str(&result);
            assert!(parsed.is_ok(), "{result}");
        }
    }

    #[test]
    fn a_scrubber_shows_no_secret() {
        assert!(!format!("{:?}", scrubber("correct horse")).contains("horse"));
    }
}
