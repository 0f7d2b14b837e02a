//! Paths that a slot is declared for.

use super::slot::InvalidSlot;
use std::fmt;

/// The longest path that a manifest may name.
const LONGEST: usize = 256;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    Literal(String),
    Any,
}

/// A path below the desk's address: `/REST/2.0/ticket/*`.
///
/// It is matched on the path as it is sent, without decoding: a literal segment matches itself byte
/// for byte, `*` exactly one segment that every server reads as one plain segment. A path that some
/// server might read otherwise (`//`, `..`, `%2e`, `%2f`, `%25`, `\`, `;`) matches no `*`, and no
/// literal holds any of these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PathPattern(Vec<Segment>);

impl PathPattern {
    /// Reads what a manifest declares.
    pub(crate) fn new(path: &str) -> Result<Self, InvalidSlot> {
        let wrong = |why: &str| Err(InvalidSlot::new(format!("the path {path:?} {why}")));
        if path.len() > LONGEST {
            return Err(InvalidSlot::new(format!(
                "a path is longer than {LONGEST} characters"
            )));
        }
        let Some(below) = path.strip_prefix('/') else {
            return wrong("does not start with a slash");
        };
        let parts: Vec<&str> = below.split('/').collect();
        let mut segments = Vec::with_capacity(parts.len());
        for (position, part) in parts.iter().copied().enumerate() {
            match part {
                "*" => segments.push(Segment::Any),
                "" if position + 1 < parts.len() => return wrong("holds an empty segment"),
                "." | ".." => return wrong("holds a dot segment"),
                _ if !part.bytes().all(is_literal) => {
                    return wrong(
                        "holds a character that a path cannot name as it is (a star stands for a \
                         whole segment; no query, no escapes)",
                    );
                }
                _ => segments.push(Segment::Literal(part.to_owned())),
            }
        }
        Ok(Self(segments))
    }

    /// Whether a path below the desk's address fits. An empty one, the address itself, is `/`.
    pub(crate) fn matches(&self, path: &str) -> bool {
        let Some(below) = path.strip_prefix('/').or(path.is_empty().then_some("")) else {
            return false;
        };
        let mut parts = below.split('/');
        for segment in &self.0 {
            let fits = match (segment, parts.next()) {
                (Segment::Literal(literal), Some(part)) => literal == part,
                (Segment::Any, Some(part)) => is_plain_segment(part),
                (_, None) => false,
            };
            if !fits {
                return false;
            }
        }
        parts.next().is_none()
    }
}

impl fmt::Display for PathPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for segment in &self.0 {
            match segment {
                Segment::Literal(literal) => write!(f, "/{literal}")?,
                Segment::Any => f.write_str("/*")?,
            }
        }
        Ok(())
    }
}

fn is_literal(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()+,=:@".contains(&byte)
}

/// One non-empty segment that is the same one before and after any server decodes it.
fn is_plain_segment(part: &str) -> bool {
    let mut decoded = Vec::with_capacity(part.len());
    let mut bytes = part.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'%' => {
                let digits = (
                    bytes.next().and_then(hex_digit),
                    bytes.next().and_then(hex_digit),
                );
                let (Some(high), Some(low)) = digits else {
                    return false;
                };
                decoded.push(high << 4 | low);
            }
            b'*' => decoded.push(byte),
            _ if is_literal(byte) => decoded.push(byte),
            _ => return false,
        }
    }
    !decoded.is_empty()
        && decoded != b"."
        && decoded != b".."
        && !decoded
            .iter()
            .any(|byte| byte.is_ascii_control() || b"/\\;%?#".contains(byte))
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(path: &str) -> PathPattern {
        PathPattern::new(path).unwrap()
    }

    #[test]
    fn a_star_stands_for_exactly_one_segment() {
        let tickets = pattern("/REST/2.0/ticket/*");
        assert!(tickets.matches("/REST/2.0/ticket/17"));
        assert!(tickets.matches("/REST/2.0/ticket/a%20b"));
        for other in [
            "/REST/2.0/ticket",
            "/REST/2.0/ticket/",
            "/REST/2.0/ticket/17/history",
            "/REST/2.0/ticket//17",
            "/rest/2.0/ticket/17",
            "REST/2.0/ticket/17",
            "",
        ] {
            assert!(!tickets.matches(other), "{other}");
        }
    }

    #[test]
    fn a_segment_that_a_server_may_read_as_several_matches_no_star() {
        let tickets = pattern("/t/*");
        for hostile in [
            "..", ".", "%2e%2e", "%2E.", ".%2e", "a%2fb", "a%2Fb", "a%5cb", "a\\b", "a;b", "a%3bb",
            "%252e", "a%00b", "a%0ab", "%", "%2", "%zz", "a?b", "a%3fb", "a#b", "a b", "ä",
        ] {
            assert!(!tickets.matches(&format!("/t/{hostile}")), "{hostile}");
        }
    }

    #[test]
    fn a_literal_matches_only_itself() {
        let session = pattern("/Session");
        assert!(session.matches("/Session"));
        for other in [
            "/Session/",
            "//Session",
            "/%53ession",
            "/Session;x=1",
            "/./Session",
            "/x/../Session",
        ] {
            assert!(!session.matches(other), "{other}");
        }
    }

    #[test]
    fn the_address_itself_is_a_slash() {
        assert!(pattern("/").matches("/"));
        assert!(pattern("/").matches(""));
        assert!(!pattern("/").matches("//"));
        assert!(pattern("/a/").matches("/a/"));
        assert!(!pattern("/*").matches(""));
    }

    #[test]
    fn a_path_that_a_manifest_may_not_name() {
        for wrong in [
            "",
            "Session",
            "//",
            "/a//b",
            "/a/../b",
            "/.",
            "/a*",
            "/a?b=1",
            "/a#b",
            "/a%20b",
            "/a;b",
            "/a\\b",
            "/a b",
            "/ä",
            "/a\u{1b}[31m",
        ] {
            assert!(PathPattern::new(wrong).is_err(), "{wrong}");
        }
        assert!(PathPattern::new(&format!("/{}", "a".repeat(LONGEST))).is_err());
    }

    #[test]
    fn it_is_displayed_as_declared() {
        for path in ["/", "/a/", "/REST/2.0/*", "/rest.php"] {
            assert_eq!(pattern(path).to_string(), path);
        }
    }
}
