//! Requests to RT, and what its statuses mean.

use crate::manifest::{USER_AGENT, key};
use sgi_guest::types::Error;
use sgi_guest::{Answer, Desk, Settings, fail};

/// RT with the credentials that the settings ask for.
pub(crate) fn desk(settings: &Settings) -> Desk {
    let desk = Desk::new(settings, USER_AGENT);
    if settings.text(key::CREDENTIAL) == Some("token") {
        // RT wants the scheme "token"; "Bearer", or the token as a Basic password, is a 401.
        desk.with_authorization("token", settings.password())
    } else {
        desk.with_basic(settings)
    }
}

/// Asks, and takes any status but 200 for a failure.
pub(crate) fn get(
    settings: &Settings,
    path: &str,
    parameters: &[(&str, &str)],
) -> Result<Answer, Error> {
    let answer = desk(settings).get(path, parameters)?;
    if answer.status() == 200 {
        return Ok(answer);
    }
    Err(failure(settings, &answer))
}

/// What a status other than 200 means.
pub(crate) fn failure(settings: &Settings, answer: &Answer) -> Error {
    if let Some(error) = answer.failure() {
        return error;
    }
    let url = settings.url();
    match answer.status() {
        // The same answer for an unknown, a wrong and a disabled account.
        401 => fail::bad_credentials(format!(
            "RT at {url} does not accept the user name {:?} with this password: check both, whether \
             the account is enabled, and whether the password is a token (option \"credential\")",
            settings.username()
        )),
        403 => fail::forbidden(format!(
            "the RT account {:?} may not do {}: it needs the rights SeeQueue, ShowTicket and \
             SeeCustomField on the queues in question",
            settings.username(),
            answer.what()
        )),
        // RT answers a path that it does not know with a redirect to its login page, and so does an
        // RT 4 without REST 2.0. A proxy in front may redirect to another scheme or host.
        300..=399 => fail::invalid_setting(
            "url",
            format!(
                "{url} is not the base address of an RT 5 with REST 2.0: it answered {} with a \
                 redirect (HTTP {}); use the address that people open RT with, sub-path and https \
                 included",
                answer.what(),
                answer.status()
            ),
        ),
        404 => fail::invalid_setting(
            "url",
            format!(
                "{url} is not the base address of an RT 5 with REST 2.0: there is no {} below it",
                answer.what()
            ),
        ),
        status => fail::protocol(format!(
            "RT at {url} answered {} with HTTP {status}, which it does not do in any known version",
            answer.what()
        )),
    }
}
