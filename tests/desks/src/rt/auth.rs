//! Who asks.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::data::{Data, User};
use super::{answers, params};
use crate::http::{Request, Response};

/// RT takes base64 with too much or too little padding.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The account of a request, or RT's way to turn it away.
///
/// `Basic` with a name (in any case) or a user id, `token`, or the query parameter `token`.
/// Unknown, wrong and disabled are told apart by nothing: `401`. A client that looks like a
/// browser, or sends a cookie, is sent to the login page instead.
pub(super) fn account<'a>(data: &'a Data, request: &Request) -> Result<&'a User, Response> {
    let header = request.header("authorization").unwrap_or_default();
    let (scheme, credential) = header.split_once(' ').unwrap_or((header, ""));
    let user = if scheme.eq_ignore_ascii_case("basic") {
        if credential.starts_with(' ') {
            return Err(answers::error(400, "Bad Request"));
        }
        by_password(data, credential)
    } else if scheme.eq_ignore_ascii_case("token") {
        by_token(data, credential)
    } else {
        params::last(&params::of_url(request), "token").and_then(|token| by_token(data, token))
    };
    user.filter(|user| !user.disabled).ok_or_else(|| {
        let browser = request
            .header("user-agent")
            .is_some_and(|agent| agent.contains("Mozilla"));
        if browser || request.header("cookie").is_some() {
            Response::new(302, "Login required")
                .header("Location", "/")
                .chunked()
        } else {
            answers::error(401, "Unauthorized")
        }
    })
}

fn by_password<'a>(data: &'a Data, credential: &str) -> Option<&'a User> {
    let unpadded = credential.trim_end_matches('=');
    let decoded = String::from_utf8(LENIENT.decode(unpadded).ok()?).ok()?;
    let (name, password) = decoded.split_once(':')?;
    data.user(name)
        .filter(|user| user.password.as_deref() == Some(password))
}

fn by_token<'a>(data: &'a Data, token: &str) -> Option<&'a User> {
    data.users
        .iter()
        .find(|user| user.token.as_deref() == Some(token))
}
