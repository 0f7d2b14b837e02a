//! What the pages say, in three languages from one source: `words/*.ftl`.

use accept_language::parse;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::sync::LazyLock;
use std::time::Duration;
use unic_langid::LanguageIdentifier;

/// A language of the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    English,
    French,
    German,
}

impl Language {
    pub(super) const ALL: [Self; 3] = [Self::English, Self::French, Self::German];

    /// As HTML and browsers write it.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::French => "fr",
            Self::German => "de",
        }
    }

    /// As those who speak it call it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::French => "Français",
            Self::German => "Deutsch",
        }
    }

    pub(super) fn of(code: &str) -> Option<Self> {
        let main = code.split(['-', '_']).next().unwrap_or_default();
        let mut all = Self::ALL.into_iter();
        all.find(|language| language.code().eq_ignore_ascii_case(main))
    }

    /// What a browser asks for in `Accept-Language`; English where it asks for none of ours.
    pub(super) fn preferred(header: &str) -> Self {
        let wanted = parse(header).into_iter();
        let mut wanted = wanted.filter_map(|code| Self::of(&code));
        wanted.next().unwrap_or(Self::English)
    }

    fn source(self) -> &'static str {
        match self {
            Self::English => include_str!("words/en.ftl"),
            Self::French => include_str!("words/fr.ftl"),
            Self::German => include_str!("words/de.ftl"),
        }
    }
}

/// The words of a language.
pub(super) struct Words {
    language: Language,
    bundle: FluentBundle<FluentResource>,
}

static ALL: LazyLock<[Words; 3]> = LazyLock::new(|| Language::ALL.map(Words::read));

impl Words {
    /// Those of a language.
    pub(super) fn of(language: Language) -> &'static Self {
        let [english, french, german] = &*ALL;
        match language {
            Language::English => english,
            Language::French => french,
            Language::German => german,
        }
    }

    fn read(language: Language) -> Self {
        let id: LanguageIdentifier = language.code().parse().unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(vec![id]);
        // The pages isolate foreign text with `bdi`.
        bundle.set_use_isolating(false);
        // A test reads each source: what cannot be read says its own name.
        let resource = FluentResource::try_new(language.source().to_owned());
        let resource = resource.unwrap_or_else(|(resource, _)| resource);
        if bundle.add_resource(resource).is_err() {
            tracing::error!(
                language = language.code(),
                "there are two words of one name"
            );
        }
        Self { language, bundle }
    }

    pub(super) fn language(&self) -> Language {
        self.language
    }

    /// What is said under this name.
    pub(super) fn say(&self, name: &str) -> String {
        self.with(name, [])
    }

    /// The same, with something in it.
    pub(super) fn with<'a, const N: usize>(
        &self,
        name: &str,
        values: [(&'a str, FluentValue<'a>); N],
    ) -> String {
        let message = self.bundle.get_message(name);
        let Some(pattern) = message.and_then(|message| message.value()) else {
            return name.to_owned();
        };
        let values: FluentArgs<'a> = values.into_iter().collect();
        let mut errors = Vec::new();
        let said = self
            .bundle
            .format_pattern(pattern, Some(&values), &mut errors);
        said.into_owned()
    }

    /// The same, about so many.
    pub(super) fn count(&self, name: &str, count: usize) -> String {
        self.with(name, [("count", FluentValue::from(count))])
    }

    /// To the minute, in the zone of this machine.
    pub(super) fn instant(&self, instant: Timestamp) -> String {
        let zone = TimeZone::try_system().unwrap_or(TimeZone::UTC);
        let format = match self.language {
            Language::English => "%Y-%m-%d %H:%M",
            Language::French => "%d/%m/%Y %H:%M",
            Language::German => "%d.%m.%Y %H:%M",
        };
        instant.to_zoned(zone).strftime(format).to_string()
    }

    /// How long ago.
    pub(super) fn ago(&self, age: Duration) -> String {
        let seconds = usize::try_from(age.as_secs()).unwrap_or(usize::MAX);
        match seconds {
            0..2 => self.say("ago-now"),
            2..120 => self.count("ago-seconds", seconds),
            120..7200 => self.count("ago-minutes", seconds / 60),
            7200..172_800 => self.count("ago-hours", seconds / 3600),
            _ => self.count("ago-days", seconds / 86_400),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn names(language: Language) -> BTreeSet<&'static str> {
        let lines = language.source().lines();
        let starts = lines.filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()));
        starts
            .map(|line| line.split_once('=').unwrap().0.trim())
            .collect()
    }

    #[test]
    fn each_language_says_everything() {
        for language in Language::ALL {
            FluentResource::try_new(language.source().to_owned())
                .unwrap_or_else(|(_, errors)| panic!("{language:?}: {errors:?}"));
            let (own, english) = (names(language), names(Language::English));
            let missing: Vec<_> = english.symmetric_difference(&own).collect();
            assert!(missing.is_empty(), "{language:?}: {missing:?}");
            let variables = |language: Language| -> Vec<(&str, BTreeSet<&str>)> {
                let mut variables = Vec::new();
                for line in language.source().lines() {
                    if line.starts_with(|c: char| c.is_ascii_lowercase()) {
                        variables.push((line.split('=').next().unwrap().trim(), BTreeSet::new()));
                    }
                    for part in line.split('$').skip(1) {
                        let end = part.find(|c: char| !c.is_ascii_lowercase());
                        let name = part.split_at(end.unwrap_or(part.len())).0;
                        variables.last_mut().unwrap().1.insert(name);
                    }
                }
                variables.sort();
                variables
            };
            assert_eq!(variables(language), variables(Language::English));
        }
    }

    /// What the pages say is there, and what is there is said.
    #[test]
    fn nothing_is_said_in_vain() {
        let sources = [
            include_str!("desks.rs"),
            include_str!("connector.rs"),
            include_str!("connectors.rs"),
            include_str!("embed/mod.rs"),
            include_str!("embed/frame.rs"),
            include_str!("embed/piece.rs"),
            include_str!("decide.rs"),
            include_str!("form.rs"),
            include_str!("layout.rs"),
            include_str!("logbook.rs"),
            include_str!("login.rs"),
            include_str!("mod.rs"),
            include_str!("new_ticket.rs"),
            include_str!("objects.rs"),
            include_str!("settings.rs"),
            include_str!("tickets.rs"),
            include_str!("words.rs"),
        ];
        let source = sources.concat();
        let said = |name: &str| source.contains(&format!("\"{name}\""));
        // Of what is counted, asked for and built of codes.
        let built = [
            "status-",
            "kind-",
            "role-",
            "problem-",
            "trust-",
            "delivery-",
            "column-",
        ];
        let english = names(Language::English);
        let vain: Vec<_> = english
            .iter()
            .filter(|name| !said(name) && !built.iter().any(|start| name.starts_with(start)))
            .collect();
        assert!(vain.is_empty(), "{vain:?}");
        for call in [".say(\"", ".count(\"", ".with(\""] {
            for rest in source.split(call).skip(1) {
                let name = rest.split('"').next().unwrap();
                assert!(english.contains(name), "{name}");
            }
        }
    }

    #[test]
    fn a_browser_gets_the_first_of_its_languages_that_there_is() {
        for (header, language) in [
            ("", Language::English),
            ("fr-CH, fr;q=0.9, en;q=0.8", Language::French),
            ("it, de-AT;q=0.7, en;q=0.3", Language::German),
            ("en;q=0.2, de;q=0.9", Language::German),
            ("*", Language::English),
            ("\u{1}, ;;q=x", Language::English),
        ] {
            assert_eq!(Language::preferred(header), language, "{header}");
        }
    }

    #[test]
    fn one_and_many_are_told_apart() {
        let words = Words::of(Language::French);
        assert_eq!(words.count("tickets-count", 1), "1 ticket");
        assert_eq!(words.count("tickets-count", 5), "5 tickets");
        assert_eq!(
            Words::of(Language::English).count("tickets-count", 0),
            "no tickets"
        );
    }
}
