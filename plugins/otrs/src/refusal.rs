//! What OTRS does not like about a new ticket.

use crate::draft::{PRIORITY, customer, queue};
use crate::failure::{Failure, with_detail};
use crate::options::key;
use sgi_guest::authoring::Draft;
use sgi_guest::types::{Error, SettingProblem};
use sgi_guest::{Settings, text};

/// The refusal of a new ticket as an error, by the texts that OTRS was seen to answer with. Nothing was
/// created. A failure that is about something else comes back.
pub(crate) fn refusal(
    failure: Failure,
    settings: &Settings,
    draft: &Draft,
) -> Result<Error, Failure> {
    let Failure::Refused {
        reason, message, ..
    } = &failure
    else {
        return Err(failure);
    };
    let queue = text::quote(queue(settings, draft).unwrap_or_default());
    if reason == "AccessDenied" {
        return Ok(Error::Forbidden(with_detail(
            format!(
                "the OTRS account {:?} may not create tickets in the queue {queue}: give it the \
                 permission \"create\" there",
                settings.username()
            ),
            message,
        )));
    }
    // A value of the draft is the caller's to change, a default is the administrator's.
    let wrong = |value: Option<&String>, key: &str, sentence: String| {
        let problem = with_detail(sentence, message);
        match value {
            Some(_) => Error::InvalidInput(problem),
            None => Error::InvalidSetting(SettingProblem {
                key: key.to_owned(),
                problem,
            }),
        }
    };
    let about = |parameter: &str| message.contains(parameter);
    if about("Ticket->Queue") {
        let sentence =
            format!("OTRS has no valid queue {queue}: use its full name, such as \"A::B\"");
        return Ok(wrong(draft.queue.as_ref(), key::CREATE_QUEUE, sentence));
    }
    if about("Ticket->Type") {
        let class = draft.class.as_deref().or(settings.text(key::CREATE_TYPE));
        let sentence = format!(
            "OTRS has no valid ticket type {}: use one of those in its administration",
            text::quote(class.unwrap_or_default())
        );
        return Ok(wrong(draft.class.as_ref(), key::CREATE_TYPE, sentence));
    }
    if about("Ticket->Priority") {
        let priority = text::quote(draft.priority.as_deref().unwrap_or(PRIORITY));
        return Ok(Error::InvalidInput(with_detail(
            format!(
                "OTRS has no valid priority {priority}: use one of its own, such as \"3 normal\""
            ),
            message,
        )));
    }
    if about("Ticket->CustomerUser") {
        let sentence = format!(
            "OTRS does not take {} as a customer user: name one that OTRS knows, or an e-mail address",
            text::quote(customer(settings, draft))
        );
        return Ok(wrong(
            draft.requestor.as_ref(),
            key::CREATE_CUSTOMER,
            sentence,
        ));
    }
    if about("DynamicField") {
        return Ok(wrong(
            None,
            key::OBJECTS_FIELD,
            "OTRS does not take the ids of objects in the dynamic field: it must be a valid text field \
             for tickets"
                .to_owned(),
        ));
    }
    Err(failure)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::Operation;
    use crate::reply::AppError;
    use crate::samples::{self, draft};

    fn refused(body: &[u8], draft: &Draft) -> Result<Error, Failure> {
        #[derive(serde::Deserialize)]
        struct Body {
            #[serde(rename = "Error")]
            error: AppError,
        }
        let body: Body = serde_json::from_slice(body).unwrap();
        let failure = Failure::refused(Operation::TicketCreate, body.error);
        refusal(failure, &samples::settings(&[]), draft)
    }

    #[test]
    fn a_refusal_says_what_is_wrong_and_whose_it_is() {
        let error = refused(samples::NO_CREATE, &draft()).unwrap();
        let Error::Forbidden(problem) = error else {
            panic!("{error:?}")
        };
        assert!(
            problem.message.contains("\"Network\""),
            "{}",
            problem.message
        );
        let error = refused(samples::NO_TYPE, &draft()).unwrap();
        assert!(matches!(error, Error::InvalidSetting(p) if p.key == "create-type"));
        let error = refused(samples::NO_CUSTOMER, &draft()).unwrap();
        assert!(matches!(error, Error::InvalidSetting(p) if p.key == "create-customer"));
        let asked = Draft {
            requestor: Some("nobody".to_owned()),
            ..draft()
        };
        let error = refused(samples::NO_CUSTOMER, &asked).unwrap();
        assert!(matches!(error, Error::InvalidInput(_)));
        let body = br#"{"Error":{"ErrorCode":"TicketCreate.InvalidParameter","ErrorMessage":"TicketCreate: Ticket->QueueID or Ticket->Queue parameter is invalid!"}}"#;
        assert!(matches!(
            refused(body, &draft()).unwrap(),
            Error::InvalidInput(_)
        ));
        let unnamed = Draft {
            queue: None,
            ..draft()
        };
        let error = refused(body, &unnamed).unwrap();
        assert!(matches!(error, Error::InvalidSetting(p) if p.key == "create-queue"));
        assert!(refused(samples::BAD_STATE, &draft()).is_err());
    }
}
