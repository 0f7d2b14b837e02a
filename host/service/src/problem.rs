//! Errors as RFC 9457 has them.

use crate::registry::RegistryError;
use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use sgi_host::Error;
use sgi_host::config::ConfigError;
use sgi_host::logbook::StoreError;
use std::time::Duration;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// Why something was not done, as problem details (RFC 9457).
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub(crate) struct Problem(Box<Details>);

/// Why something was not done, as problem details (RFC 9457).
#[derive(Debug, Clone, Serialize, ToSchema)]
struct Details {
    /// `urn:sgi:problem:` and the code.
    #[serde(rename = "type")]
    kind: String,
    /// The code in words.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// What happened, where, and what to do.
    detail: String,
    /// A stable word for the cause.
    code: &'static str,
    /// The desk that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    desk: Option<String>,
    /// The setting or parameter that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    /// Seconds after which to try again.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u64>,
    /// Of a ticket whose creation is undecided: create it again with the same marker.
    #[serde(skip_serializing_if = "Option::is_none")]
    marker: Option<String>,
}

impl PartialSchema for Problem {
    fn schema() -> RefOr<Schema> {
        Details::schema()
    }
}

impl ToSchema for Problem {}

impl Problem {
    pub(crate) fn new(
        status: StatusCode,
        code: &'static str,
        title: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        Self(Box::new(Details {
            kind: format!("urn:sgi:problem:{code}"),
            title,
            status: status.as_u16(),
            detail: detail.into(),
            code,
            desk: None,
            key: None,
            retry_after: None,
            marker: None,
        }))
    }

    /// A request that cannot be understood.
    pub(crate) fn invalid(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid-input",
            "What was passed cannot be used",
            detail,
        )
    }

    pub(crate) fn no_desk(name: &str) -> Self {
        let detail = format!("there is no desk {name:?}");
        Self::new(
            StatusCode::NOT_FOUND,
            "unknown-desk",
            "There is no such desk",
            detail,
        )
        .of(name)
    }

    pub(crate) fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The stable word for the cause.
    pub(crate) fn code(&self) -> &'static str {
        self.0.code
    }

    /// What happened, where, and what to do.
    pub(crate) fn detail(&self) -> &str {
        &self.0.detail
    }

    /// A task of the service panicked or was cut off.
    pub(crate) fn lost(error: &tokio::task::JoinError) -> Self {
        tracing::error!(%error, "a task of the service was lost");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "service",
            "The service failed",
            "the work was lost in the service; please report this",
        )
    }

    pub(crate) fn of(mut self, desk: &str) -> Self {
        self.0.desk = Some(desk.to_owned());
        self
    }

    /// Settings were tried and did not pass: that is the settings' fault, or their desk's, and not that of the
    /// service.
    pub(crate) fn tried(error: Error) -> Self {
        let own = matches!(error, Error::Host(_));
        let mut problem = Self::from(error);
        if !own && problem.0.status >= 500 {
            problem.0.status = StatusCode::UNPROCESSABLE_ENTITY.as_u16();
        }
        problem
    }

    pub(crate) fn wait(&mut self, time: Duration) {
        self.0.retry_after = Some(time.as_secs().max(1));
    }

    pub(crate) fn about(mut self, key: &str) -> Self {
        self.0.key = Some(key.to_owned());
        self
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let (status, title) = match &error {
            Error::Inactive => (StatusCode::CONFLICT, "The desk is inactive"),
            Error::UnknownType { .. } => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "There is no connector of that type",
            ),
            Error::BadCredentials(_) => (
                StatusCode::BAD_GATEWAY,
                "The desk does not accept the account",
            ),
            Error::Forbidden(_) => (StatusCode::FORBIDDEN, "The desk's account may not do this"),
            Error::NotFound(_) => (StatusCode::NOT_FOUND, "There is no such thing in the desk"),
            Error::InvalidSetting { .. } => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "A setting of the desk is wrong",
            ),
            Error::InvalidInput(_) => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "What was passed cannot be used",
            ),
            Error::RateLimited { .. } => (
                StatusCode::SERVICE_UNAVAILABLE,
                "The desk asks for fewer requests",
            ),
            Error::Unavailable { .. } => {
                (StatusCode::SERVICE_UNAVAILABLE, "The desk is out of reach")
            }
            Error::Protocol(_) => (
                StatusCode::BAD_GATEWAY,
                "The desk answered what its protocol does not allow",
            ),
            Error::Unsupported(_) => (
                StatusCode::NOT_IMPLEMENTED,
                "The desk or its connector cannot do that",
            ),
            Error::NeedsIndex(_) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "The desk cannot be searched, and its logbook does not know enough yet",
            ),
            Error::Undecided { .. } => (
                StatusCode::GATEWAY_TIMEOUT,
                "Whether the desk created the ticket could not be found out",
            ),
            Error::NotAdmitted(_) => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "The connector is not admitted",
            ),
            Error::Refused(_) => (
                StatusCode::BAD_GATEWAY,
                "The connector tried what it may not do",
            ),
            Error::Connector(_) => (StatusCode::BAD_GATEWAY, "The connector failed"),
            _ => (StatusCode::INTERNAL_SERVER_ERROR, "The service failed"),
        };
        let mut problem = Self::new(status, error.code(), title, error.to_string());
        match error {
            Error::InvalidSetting { key, .. } => problem.0.key = Some(key),
            Error::RateLimited { retry_after, .. } | Error::Unavailable { retry_after, .. } => {
                problem.0.retry_after = retry_after.map(|after| after.as_secs().max(1));
            }
            Error::Undecided { marker, .. } => problem.0.marker = Some(marker),
            _ => {}
        }
        problem
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "store",
            "The store does not work",
            error.to_string(),
        )
    }
}

impl From<ConfigError> for Problem {
    fn from(error: ConfigError) -> Self {
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid-setting",
            "A setting is wrong",
            error.to_string(),
        )
    }
}

impl From<RegistryError> for Problem {
    fn from(error: RegistryError) -> Self {
        let (status, code, title) = match &error {
            RegistryError::Invalid(_) => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "invalid-setting",
                "A setting is wrong",
            ),
            RegistryError::Conflict { .. } => (
                StatusCode::PRECONDITION_FAILED,
                "conflict",
                "It was changed in the meantime",
            ),
            RegistryError::Exists { .. } => (StatusCode::CONFLICT, "exists", "It is there already"),
            RegistryError::InFile { .. } => (
                StatusCode::CONFLICT,
                "in-file",
                "It is configured in a file",
            ),
            RegistryError::Twice(_) => (StatusCode::CONFLICT, "twice", "Two desks have this name"),
            RegistryError::Unknown { .. } => {
                (StatusCode::NOT_FOUND, "unknown", "There is no such thing")
            }
            RegistryError::PasswordNeeded { .. } => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "password-needed",
                "The password is needed again",
            ),
            RegistryError::Refused(_) => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "invalid-input",
                "What was passed cannot be used",
            ),
            RegistryError::Opens => (
                StatusCode::CONFLICT,
                "opens",
                "The service would be open to everybody on its machine",
            ),
            RegistryError::Key(_) => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "key",
                "Secrets cannot be opened",
            ),
            _ => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "store",
                "The store does not work",
            ),
        };
        Self::new(status, code, title, error.to_string())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status =
            StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let retry_after = self.0.retry_after;
        let mut response = (status, Json(&self)).into_response();
        // For the pages, which say it in their own way.
        response.extensions_mut().insert(self);
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if let Some(seconds) = retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
