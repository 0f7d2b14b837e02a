//! Whether tickets could be created, asked without creating one.

use crate::check::warning;
use crate::client::Client;
use crate::draft::{REFUSED, parameters};
use crate::failure::{Failure, problem};
use crate::object::{ObjectId, References};
use crate::options::key;
use crate::refusal::refusal;
use serde_json::Value;
use sgi_guest::Settings;
use sgi_guest::authoring::Draft;
use sgi_guest::connector::Finding;
use sgi_guest::types::{Error, Object};

/// Whether the account may create tickets in the configured queue; none where none is configured.
///
/// OTRS tells only when asked to create one. So it is asked with an article in a charset that does not
/// exist: OTRS looks at the ticket first and at rights, then refuses the article, and creates nothing.
pub(crate) fn may_create(
    client: &Client<'_>,
    settings: &Settings,
    references: &References<'_>,
) -> Option<Result<(), Finding>> {
    settings.text(key::CREATE_QUEUE)?;
    let draft = draft();
    let outcome = match parameters(settings, references, &draft) {
        Err(error) => Err(error),
        Ok(mut parameters) => {
            if let Some(Value::Object(article)) = parameters.get_mut("Article") {
                article.insert("ContentType".to_owned(), REFUSED.into());
            }
            match client.create(parameters) {
                Err(Failure::Refused { message, .. }) if message.contains("ContentType") => Ok(()),
                Err(failure) => Err(refusal(failure, settings, &draft)
                    .unwrap_or_else(|failure| client.explain(failure))),
                Ok(made) => Err(sgi_guest::fail::unsupported(format!(
                    "OTRS took a text in an unknown charset, and so the check created the ticket with \
                     the id {}; delete it, and report this version of OTRS",
                    made.id
                ))),
            }
        }
    };
    Some(outcome.map_err(|error| {
        let (key, message) = told(error);
        warning(&key, format!("tickets cannot be created: {message}"))
    }))
}

/// A ticket that nobody wants, about an object that cannot exist.
fn draft() -> Draft {
    Draft {
        objects: vec![Object {
            id: ObjectId::NONE.as_str().to_owned(),
            title: None,
            url: None,
            kind: None,
            attributes: Vec::new(),
        }],
        queue: None,
        class: None,
        subject: "Connection check of the CMDB".to_owned(),
        text: String::new(),
        requestor: None,
        priority: None,
        marker: "connection-check".to_owned(),
    }
}

/// The setting that an error is about, and what it says.
fn told(error: Error) -> (String, String) {
    let key = match &error {
        Error::InvalidSetting(wrong) => wrong.key.clone(),
        _ => key::CREATE_QUEUE.to_owned(),
    };
    (key, problem(error).message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{self, Fake};

    #[test]
    fn whether_tickets_can_be_created_is_asked_without_creating_one() {
        let asked = |answer: &[u8], options: &[(&str, &str)]| {
            let settings = samples::settings(options);
            let references = References::new(&settings).unwrap();
            let fake = Fake::logged_in(&[answer]);
            may_create(&Client::new(&fake), &settings, &references)
        };
        let queue = [("create-queue", "Network")];
        assert!(matches!(
            asked(samples::BAD_CONTENT_TYPE, &queue),
            Some(Ok(()))
        ));
        let Some(Err(finding)) = asked(samples::NO_CREATE, &queue) else {
            panic!("no finding")
        };
        assert_eq!(finding.key.as_deref(), Some("create-queue"));
        let Some(Err(finding)) = asked(samples::NO_TYPE, &queue) else {
            panic!("no finding")
        };
        assert_eq!(finding.key.as_deref(), Some("create-type"));
        assert!(asked(b"", &[]).is_none());
    }
}
