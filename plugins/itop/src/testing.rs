//! What the tests share.

use sgi_guest::types::{Delay, Error, SettingProblem};
use sgi_guest::{DeskSettings, OptionValue, Settings};

/// Settings of a desk with these options.
pub(crate) fn settings(options: &[(&str, &str)]) -> Settings {
    Settings::given(DeskSettings {
        url: "https://itop.example.org/itop".to_owned(),
        link_url: "https://itop.example.org/itop".to_owned(),
        username: "cmdb".to_owned(),
        password: "placeholder".to_owned(),
        options: options
            .iter()
            .map(|(key, value)| OptionValue {
                key: (*key).to_owned(),
                values: vec![(*value).to_owned()],
            })
            .collect(),
        learned: None,
    })
}

/// The sentence of an error.
pub(crate) fn message(error: &Error) -> &str {
    match error {
        Error::BadCredentials(problem)
        | Error::Forbidden(problem)
        | Error::NotFound(problem)
        | Error::InvalidSetting(SettingProblem { problem, .. })
        | Error::InvalidInput(problem)
        | Error::RateLimited(Delay { problem, .. })
        | Error::Unavailable(Delay { problem, .. })
        | Error::Protocol(problem)
        | Error::StaleKnowledge(problem)
        | Error::Unsupported(problem) => &problem.message,
    }
}
