//! Why a request is not sent.

/// Why the gate does not send a request, in words for the person who must act. Nothing was sent.
///
/// Neither a secret nor a placeholder is in it. `request` is method and path, quoted and cut.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// A placeholder stands where no slot is declared. The connector is broken or hostile.
    #[error(
        "the connector put the placeholder of a secret into {place} of {request}, where its \
         manifest declares no slot for it"
    )]
    Misplaced {
        /// Where.
        place: String,
        /// Which request.
        request: String,
    },
    /// A slot holds the placeholder of another secret than it is declared for.
    #[error(
        "the connector put the placeholder of {found} into {place} of {request}, where its manifest \
         declares a slot for {declared}"
    )]
    OtherSecret {
        /// What the placeholder stands for.
        found: String,
        /// What the slot is declared for.
        declared: String,
        /// Where.
        place: String,
        /// Which request.
        request: String,
    },
    /// A slot for a captured secret holds a placeholder that stands for nothing any more: the desk
    /// refused the secret, another instance renewed it, or the host was restarted. The connector
    /// logs in again.
    #[error(
        "{place} of {request} holds the placeholder of a secret ({declared}) that was forgotten in \
         the meantime; the connector must log in again"
    )]
    Forgotten {
        /// The captured secrets that may stand there.
        declared: String,
        /// Where.
        place: String,
        /// Which request.
        request: String,
    },
    /// A slot for the password holds a placeholder of another desk or of earlier settings.
    #[error(
        "the connector put a placeholder that is not this desk's into {place} of {request}; it must \
         take the one from its settings at each call"
    )]
    Foreign {
        /// Where.
        place: String,
        /// Which request.
        request: String,
    },
    /// The request carries a placeholder in a slot, but can be read in more than one way.
    #[error("the connector put the placeholder of a secret into {request}, which {why}")]
    Unclear {
        /// What is wrong with the request: the rest of the sentence.
        why: String,
        /// Which request.
        request: String,
    },
    /// HTTP Basic credentials end the user name at its first colon (RFC 7617).
    #[error(
        "may not hold a colon: {request} logs in by HTTP Basic credentials, which end a user name at \
         its first colon"
    )]
    Username {
        /// Which request.
        request: String,
    },
    /// The secret cannot be written at this place. The setting must change, or the connector.
    #[error("{secret} cannot stand in {place} of {request}: it {why}")]
    Unfit {
        /// `password`, or the name of a capture.
        secret: String,
        /// Where.
        place: String,
        /// Which request.
        request: String,
        /// What about it: the rest of the sentence.
        why: String,
    },
}

impl Refusal {
    /// Whether a new login helps.
    pub(crate) fn is_forgotten(&self) -> bool {
        matches!(self, Self::Forgotten { .. })
    }

    /// The setting that has to change. Where there is none, and nothing was just forgotten, it is the
    /// connector.
    pub(crate) fn setting(&self) -> Option<&'static str> {
        match self {
            Self::Unfit { .. } => Some("password"),
            Self::Username { .. } => Some("username"),
            _ => None,
        }
    }
}
