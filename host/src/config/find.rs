//! Where a configuration may lie.

use super::ConfigError;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The least that works, to copy.
pub const EXAMPLE: &str = r#"[desks.helpdesk]
type = "rt"
url = "https://rt.example.org"
username = "cmdb"
password = { env = "RT_PASSWORD" }
"#;

/// `env` and `exists` are the system's, or a test's.
pub(super) fn locate(
    explicit: Option<&Path>,
    env: impl Fn(&str) -> Option<OsString>,
    exists: impl Fn(&Path) -> bool,
) -> Result<PathBuf, ConfigError> {
    if let Some(path) = explicit {
        return Ok(path.to_owned());
    }
    // Set and empty is how a shell unsets a variable for one command.
    let env = |name: &str| env(name).filter(|value| !value.is_empty());
    if let Some(named) = env("SGI_CONFIG") {
        return Ok(PathBuf::from(named));
    }
    let mut looked_at = vec!["$SGI_CONFIG (not set)".to_owned()];
    let mut places = vec![PathBuf::from("./sgi.toml")];
    places.extend(of_user(env));
    places.push(PathBuf::from(OF_ALL));
    for place in places {
        if exists(&place) {
            return Ok(place);
        }
        looked_at.push(place.display().to_string());
    }
    Err(ConfigError::NotFound { looked_at })
}

/// Where one is looked for that is not there yet: where the user's would be.
pub(super) fn usual(env: impl Fn(&str) -> Option<OsString>) -> PathBuf {
    of_user(env).unwrap_or_else(|| PathBuf::from(OF_ALL))
}

const OF_ALL: &str = "/etc/sgi/sgi.toml";

fn of_user(env: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let env = |name: &str| env(name).filter(|value| !value.is_empty());
    // The XDG base directory specification ignores a relative XDG_CONFIG_HOME.
    let config_home = env("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
        .or_else(|| Some(PathBuf::from(env("HOME")?).join(".config")));
    config_home.map(|home| home.join("sgi/sgi.toml"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(name: &str) -> Option<OsString> {
        match name {
            "HOME" => Some("/home/anna".into()),
            "XDG_CONFIG_HOME" => Some("relative".into()),
            _ => None,
        }
    }

    #[test]
    fn a_named_file_is_taken_even_if_it_is_not_there() {
        let found = locate(Some(Path::new("x.toml")), env, |_| false);
        assert_eq!(found, Ok(PathBuf::from("x.toml")));
        let found = locate(
            None,
            |name| (name == "SGI_CONFIG").then(|| "y.toml".into()),
            |_| true,
        );
        assert_eq!(found, Ok(PathBuf::from("y.toml")));
    }

    #[test]
    fn the_nearest_place_wins() {
        let found = locate(None, env, |_| true);
        assert_eq!(found, Ok(PathBuf::from("./sgi.toml")));
        let found = locate(None, env, |path| path != Path::new("./sgi.toml"));
        assert_eq!(found, Ok(PathBuf::from("/home/anna/.config/sgi/sgi.toml")));
    }

    #[test]
    fn when_there_is_none_the_places_and_an_example_are_told() {
        let error = locate(None, env, |_| false).unwrap_err();
        let ConfigError::NotFound { looked_at } = &error else {
            panic!("{error:?}")
        };
        assert_eq!(
            looked_at,
            &[
                "$SGI_CONFIG (not set)",
                "./sgi.toml",
                "/home/anna/.config/sgi/sgi.toml",
                "/etc/sgi/sgi.toml"
            ]
        );
        assert!(error.to_string().contains(EXAMPLE), "{error}");
    }

    #[test]
    fn the_example_is_a_configuration() {
        let config = crate::config::Config::parse(EXAMPLE, Path::new("sgi.toml")).unwrap();
        assert_eq!(config.desks.len(), 1);
    }
}
