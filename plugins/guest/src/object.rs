//! Objects of the CMDB, as desks hold them.

/// As many as a number of 64 bits has.
pub const MAX_DIGITS: usize = 20;

/// Whether the id of an object is a plain decimal number, as i-doit's are: not zero, without leading zeros.
/// Such a one holds no quote and no wildcard, and is a whole value wherever it stands between others.
pub fn is_number(id: &str) -> bool {
    (1..=MAX_DIGITS).contains(&id.len())
        && !id.starts_with('0')
        && id.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::is_number;

    #[test]
    fn an_id_is_a_plain_decimal_number() {
        for id in ["1", "42", "12345678901234567890"] {
            assert!(is_number(id), "{id:?}");
        }
        for id in [
            "",
            "0",
            "042",
            "-1",
            "+1",
            "1 ",
            "4,2",
            "%",
            "\u{664}\u{662}",
            "123456789012345678901",
        ] {
            assert!(!is_number(id), "{id:?}");
        }
    }
}
