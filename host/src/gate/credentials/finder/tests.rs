//! Spellings, one by one.

use super::super::spelling::needles;
use super::*;

fn found(secret: &str, text: &str) -> Option<String> {
    let finder = Finder::new(&needles(secret, false));
    let range = finder.search(text.as_bytes()).next_from(0)?;
    Some(text[range].to_owned())
}

#[test]
fn a_text_is_found_in_each_spelling_and_nothing_more_is() {
    for (secret, spelled) in [
        ("pa ss&wörd", "pa ss&wörd"),
        ("pa ss&wörd", "pa+ss%26w%C3%B6rd"),
        ("pa ss&wörd", "pa%20ss%26w%c3%b6rd"),
        ("pa ss&wörd", "pa%20ss%26w%F6rd"),
        ("pa ss&wörd", "pa ss\\u0026w\\u00F6rd"),
        ("pa ss&wörd", "pa ss&amp;w&ouml;rd"),
        ("pa ss&wörd", "pa ss&#38;w&#xF6;rd"),
        ("pa ss&wörd", "%70%61%20%73%73%26%77%C3%B6%72%64"),
        ("it's/\"mine\"", "it&#039;s/&quot;mine&quot;"),
        ("it's/\"mine\"", "it's\\/\\\"mine\\\""),
        ("it's/\"mine\"", "it\\'s/\\\"mine\\\""),
        ("a\\b\\\\cde", "a\\b\\\\cde"),
        ("a\\b\\\\cde", "a\\\\b\\\\\\\\cde"),
        ("line\nbreak", "line\\nbreak"),
        ("smile😀smile", "smile\\ud83d\\uDE00smile"),
        ("smile😀smile", "smile&#128512;smile"),
        ("smile😀smile", "smile%F0%9F%98%80smile"),
    ] {
        let text = format!("before {spelled} after");
        assert_eq!(found(secret, &text).as_deref(), Some(spelled), "{secret}");
    }
}

#[test]
fn two_layers_of_escapes_are_seen_through() {
    for (secret, spelled) in [
        ("fish&chips", "fish\\u0026amp;chips"),
        ("fish&chips", "fish&amp;amp;chips"),
        ("fish&chips", "fish%2526chips"),
        ("fish&chips", "fish%26amp%3Bchips"),
        ("fish\"chips", "fish\\\\\\\"chips"),
        ("fish\"chips", "fish\\&quot;chips"),
        ("fish\"chips", "fish\\u005c\\u0022chips"),
        ("äfischchips", "\\u0026auml;fischchips"),
        ("äfischchips", "&amp;auml;fischchips"),
        ("äfischchips", "%26auml%3bfischchips"),
    ] {
        let text = format!("before {spelled} after");
        assert_eq!(found(secret, &text).as_deref(), Some(spelled), "{secret}");
    }
}

#[test]
fn what_differs_is_not_found() {
    for other in [
        "",
        "Secret-word",
        "secret_word",
        "secret-wor",
        "ecret-word",
        "secret%2word",
        "secret-\\u0077\\u006frD",
        "c2Vjc",
    ] {
        assert_eq!(found("secret-word", other), None, "{other}");
    }
}

#[test]
fn overlapping_texts_are_one_occurrence() {
    assert_eq!(
        found("abababab", "xababababababx").as_deref(),
        Some("abababababab")
    );
}

#[test]
fn wrapped_base64_is_found() {
    use base64::Engine;
    let secret = "a long secret that takes more than a line";
    let mut encoded = base64::engine::general_purpose::STANDARD.encode(secret);
    let whole = encoded.clone();
    for breaks in ["\r\n", "\n", "\\n", "\\r\\n"] {
        encoded.clone_from(&whole);
        encoded.insert_str(30, breaks);
        assert!(found(secret, &encoded).is_some(), "{breaks:?}");
    }
}

#[test]
fn a_text_made_to_keep_the_search_busy_counts_as_found() {
    for (secret, text) in [
        (format!("{}x", "\\".repeat(64)), "\\".repeat(100_000)),
        (format!("{}x", "a".repeat(8000)), "a".repeat(200_000)),
        ("a".repeat(8000), "a".repeat(200_000)),
    ] {
        let range = Finder::new(&needles(&secret, false))
            .search(text.as_bytes())
            .next_from(0);
        assert_eq!(range.unwrap().end, text.len());
    }
    let text = "\\%&".repeat(100_000);
    assert_eq!(found("correct horse", &text), None);
}
