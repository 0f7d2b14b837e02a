//! What a browser shows once somebody has logged in; the registry keeps who that is.

use crate::registry::{Principal, Registry, RegistryError};
use axum_extra::extract::CookieJar;
use http::HeaderMap;
use jiff::Timestamp;

/// The cookie.
pub(crate) const COOKIE: &str = "sgi_session";

/// Who it is that shows this cookie.
pub(crate) async fn of(
    registry: &Registry,
    headers: &HeaderMap,
) -> Result<Option<Principal>, RegistryError> {
    let jar = CookieJar::from_headers(headers);
    match jar.get(COOKIE) {
        Some(shown) => registry.session(shown.value(), Timestamp::now()).await,
        None => Ok(None),
    }
}
