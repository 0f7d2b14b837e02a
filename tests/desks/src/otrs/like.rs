//! Texts with wildcards, as the database compares them.
//!
//! OTRS reads `&&`, `||`, `!`, quotes and brackets in patterns too. That is not modelled: the
//! patterns for ids of objects have none.

/// Whether a text matches a pattern as a whole: `*` and `%` stand for any letters, none included;
/// case does not count. An underscore is an underscore: OTRS escapes it.
pub(super) fn like(text: &str, pattern: &str) -> bool {
    let text: Vec<char> = text.to_lowercase().chars().collect();
    let pattern: Vec<char> = pattern.to_lowercase().chars().collect();
    let (mut at, mut in_pattern) = (0, 0);
    // Where to go on when a wildcard must take one letter more.
    let mut back: Option<(usize, usize)> = None;
    while at < text.len() {
        match pattern.get(in_pattern) {
            Some('*' | '%') => {
                back = Some((at, in_pattern));
                in_pattern += 1;
            }
            Some(letter) if *letter == text[at] => {
                at += 1;
                in_pattern += 1;
            }
            _ => match &mut back {
                Some((taken, wildcard)) => {
                    *taken += 1;
                    (at, in_pattern) = (*taken, *wildcard + 1);
                }
                None => return false,
            },
        }
    }
    pattern[in_pattern..]
        .iter()
        .all(|letter| matches!(letter, '*' | '%'))
}

/// Whether a pattern is nothing but wildcards. OTRS then drops the condition as a whole: tickets
/// without a value are found too.
pub(super) fn is_anything(pattern: &str) -> bool {
    !pattern.is_empty() && pattern.chars().all(|letter| matches!(letter, '*' | '%'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_stand_for_any_letters_and_the_rest_for_itself() {
        for (text, pattern) in [
            (",1,4,103,", "*,4,*"),
            (",4,", "*,4,*"),
            (",4,", "%,4,%"),
            ("Drucker im OG", "drucker*"),
            ("aXbXc", "a*x*c"),
            ("", "*"),
        ] {
            assert!(like(text, pattern), "{text} {pattern}");
        }
        for (text, pattern) in [
            (",42,", "*,4,*"),
            (",1,4,103,", "4"),
            (",4,", "_4_"),
            ("abc", "ab"),
            ("", "a*"),
        ] {
            assert!(!like(text, pattern), "{text} {pattern}");
        }
    }

    #[test]
    fn only_wildcards_are_no_condition() {
        assert!(is_anything("%") && is_anything("*") && is_anything("**"));
        assert!(!is_anything("") && !is_anything("*,*"));
    }
}
