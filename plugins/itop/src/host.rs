//! What only the host can give: requests, the time, the log. The tests put something in their place.

use sgi_guest::types::Error;

/// An answer of iTop, or of what stands before it.
pub(crate) struct Answered {
    pub(crate) status: u16,
    /// The header `Date`.
    pub(crate) date: Option<String>,
    pub(crate) body: Vec<u8>,
    /// What the status means by HTTP alone.
    pub(crate) failure: Option<Error>,
}

#[cfg(not(test))]
mod real {
    use super::Answered;
    use crate::manifest::{PATH, key};
    use sgi_guest::types::Error;
    use sgi_guest::{Desk, Settings};

    pub(crate) use sgi_guest::log::warn;
    pub(crate) use sgi_guest::time::now;

    /// Name and version, as sent to iTop.
    const USER_AGENT: &str = concat!("sgi-connector-itop/", env!("CARGO_PKG_VERSION"));

    /// Sends an operation, with the credentials where the settings want them.
    pub(crate) fn post(settings: &Settings, operation: &str) -> Result<Answered, Error> {
        let desk = Desk::new(settings, USER_AGENT);
        let version = [("version", "1.3")];
        let json = ("json_data", operation);
        let answer = match settings.text(key::CREDENTIAL) {
            Some("basic") => desk
                .with_basic(settings)
                .post(PATH, &version)
                .form(&[json])
                .send()?,
            Some("token") => desk
                .post(PATH, &version)
                .header("Auth-Token", settings.password())
                .form(&[json])
                .send()?,
            _ => {
                let user = ("auth_user", settings.username());
                let password = ("auth_pwd", settings.password());
                desk.post(PATH, &version)
                    .form(&[user, password, json])
                    .send()?
            }
        };
        Ok(Answered {
            status: answer.status(),
            date: answer.header("date").map(str::to_owned),
            failure: answer.failure(),
            body: answer.body().to_vec(),
        })
    }
}

#[cfg(not(test))]
pub(crate) use real::{now, post, warn};

#[cfg(test)]
pub(crate) use crate::testing::host::{now, post, warn};
