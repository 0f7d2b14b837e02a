//! "Did you mean …?"

/// The candidate that was probably meant by `word`, if one is near enough.
pub fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let fold = |text: &str| text.to_lowercase().replace('-', "_");
    let word = fold(word);
    // A third of the letters may differ: beyond that the guesses of a spell checker confuse.
    let allowed = (word.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| {
            (
                strsim::damerau_levenshtein(&word, &fold(candidate)),
                candidate,
            )
        })
        .filter(|(distance, candidate)| {
            *distance <= allowed && *distance < candidate.chars().count()
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::closest;

    #[test]
    fn slips_of_the_finger_are_found_and_guesses_are_not_made() {
        let keys = ["type", "url", "username", "link_url"];
        assert_eq!(closest("ulr", keys), Some("url"));
        assert_eq!(closest("Link-URL", keys), Some("link_url"));
        assert_eq!(closest("user_name", keys), Some("username"));
        assert_eq!(closest("colour", keys), None);
        assert_eq!(closest("", keys), None);
    }
}
