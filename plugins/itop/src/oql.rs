//! Pieces of OQL, iTop's query language.

/// So many ids stand in one `IN (…)` at most: iTop makes one SQL statement of it.
pub(crate) const CHUNK: usize = 200;

/// A value inside single quotes. Escaping only the quote can be broken out of: one such query returned
/// other people's objects.
pub(crate) fn literal(value: &str) -> String {
    let mut out = String::with_capacity(value.len() + 2);
    out.push('\'');
    for c in value.chars() {
        if c == '\\' || c == '\'' {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('\'');
    out
}

/// `IN ('a','b')` over texts.
pub(crate) fn any_of<'a>(values: impl IntoIterator<Item = &'a str>) -> String {
    let values: Vec<String> = values.into_iter().map(literal).collect();
    format!("IN ({})", values.join(","))
}

/// `IN (1,2)` over ids.
pub(crate) fn any_id(ids: &[u64]) -> String {
    let ids: Vec<String> = ids.iter().map(u64::to_string).collect();
    format!("IN ({})", ids.join(","))
}

/// Whether a text can be the name of a class or an attribute: only such a one goes into a query.
pub(crate) fn is_name(text: &str) -> bool {
    let mut bytes = text.bytes();
    let first = bytes
        .next()
        .is_some_and(|b| b.is_ascii_alphabetic() || b == b'_');
    first && text.len() <= 64 && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The queries of the recorded exchanges: iTop took each for one value.
    #[test]
    fn a_hostile_value_stays_in_its_quotes() {
        for (value, quoted) in [
            ("srv-o'brien", r"'srv-o\'brien'"),
            (
                "Prüfserver \"Größe\" 日本 🖥️",
                "'Prüfserver \"Größe\" 日本 🖥️'",
            ),
            ("x' OR 1=1 -- ", r"'x\' OR 1=1 -- '"),
            (r"x\", r"'x\\'"),
            (r"\' OR 1=1 OR name='", r"'\\\' OR 1=1 OR name=\''"),
            (
                "srv-db-01' UNION SELECT Server WHERE name != '",
                r"'srv-db-01\' UNION SELECT Server WHERE name != \''",
            ),
            ("a:b :foo", "'a:b :foo'"),
            ("100%", "'100%'"),
            ("tab\there", "'tab\there'"),
            ("new\nline", "'new\nline'"),
            ("a\"b", "'a\"b'"),
            ("nul\0x", "'nul\0x'"),
            ("srv0xC1", "'srv0xC1'"),
        ] {
            assert_eq!(literal(value), quoted);
        }
        assert_eq!(any_of(["a", "b'"]), r"IN ('a','b\'')");
    }

    #[test]
    fn a_name_is_letters_digits_and_underscores() {
        for name in ["idoit_id", "name", "PhysicalDevice", "_x", "a1"] {
            assert!(is_name(name), "{name}");
        }
        for name in [
            "",
            "1a",
            "a b",
            "a'",
            "a.b",
            "naïve",
            "a-b",
            &"x".repeat(65),
        ] {
            assert!(!is_name(name), "{name}");
        }
    }

    proptest::proptest! {
        #[test]
        fn whatever_the_value_the_only_bare_quotes_are_the_outer_two(value: String) {
            let quoted = literal(&value);
            let inner = &quoted[1..quoted.len() - 1];
            let mut chars = inner.chars();
            let mut read = String::new();
            while let Some(c) = chars.next() {
                assert_ne!(c, '\'');
                read.push(if c == '\\' { chars.next().expect("an escaped character") } else { c });
            }
            assert_eq!(read, value);
        }
    }
}
