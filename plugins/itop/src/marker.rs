//! The marker of a draft, in the description of its ticket.

/// The part of a ticket's description that `find` looks for.
pub(crate) fn mark(marker: &str) -> String {
    format!("sgi-{marker}")
}

/// Whether a description carries this marker, and not a longer one.
pub(crate) fn carries(description: &str, marker: &str) -> bool {
    let mark = mark(marker);
    let part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    description.match_indices(&mark).any(|(at, found)| {
        let before = description
            .get(..at)
            .and_then(|text| text.chars().next_back());
        let after = description
            .get(at + found.len()..)
            .and_then(|text| text.chars().next());
        !before.is_some_and(part) && !after.is_some_and(part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARKER: &str = "0123456789abcdef-x";

    #[test]
    fn a_marker_is_found_whole() {
        let text = "<p>Zeile 1</p><p>Reference: sgi-0123456789abcdef-x</p>";
        assert!(carries(text, MARKER));
        assert!(!carries(text, "0123456789abcdef"));
        assert!(!carries(text, "0123456789abcdef-xy"));
        assert!(!carries("xsgi-0123456789abcdef-x", MARKER));
        assert!(carries("é sgi-0123456789abcdef-x.", MARKER));
    }

    proptest::proptest! {
        #[test]
        fn no_description_makes_it_panic(text: String) {
            let _ = carries(&text, MARKER);
        }
    }
}
