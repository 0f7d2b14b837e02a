//! What a connector can be asked, each with what it is given: as values, so that a call can be told, kept and
//! made again.

use super::instances::Called;
use crate::cassette;
use crate::contract::{authoring, changes, connector, tickets, types};
use crate::engine::{HostState, Instance};
use crate::model::{Filter, Object};
use serde::{Deserialize, Serialize};
use wasmtime::Store;

/// What can be called.
pub(crate) trait Make: Send + Sync {
    /// What it answers.
    type Answer: Send;

    fn make<'a>(&'a self, instance: &'a mut Instance) -> Called<'a, Self::Answer>;
}

/// A call of one of the connector's functions.
pub(super) trait Call: Make + Clone + Into<Ask> {
    /// Its name in traces and metrics.
    const NAME: &'static str;
}

macro_rules! calls {
    ($($(#[$doc:meta])* $name:ident as $word:literal $fields:tt -> $answer:ty, $make:expr;)*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, Serialize, Deserialize)]
            pub(crate) struct $name $fields

            impl From<$name> for Ask {
                fn from(call: $name) -> Self {
                    Self::$name(call)
                }
            }

            impl Call for $name {
                const NAME: &'static str = $word;
            }

            impl Make for $name {
                type Answer = $answer;

                fn make<'a>(&'a self, instance: &'a mut Instance) -> Called<'a, $answer> {
                    let make: for<'b> fn(&'b Self, &'b mut Instance) -> Called<'b, $answer> = $make;
                    make(self, instance)
                }
            }
        )*

        /// Any of them.
        #[derive(Debug, Clone, Serialize, Deserialize)]
        #[serde(tag = "function", content = "arguments")]
        pub(crate) enum Ask {
            $(#[serde(rename = $word)] $name($name),)*
        }

        impl Ask {
            /// The name of the function.
            pub(crate) fn name(&self) -> &'static str {
                match self {
                    $(Self::$name(_) => <$name as Call>::NAME,)*
                }
            }
        }

        /// What it answers is forgotten.
        impl Make for Ask {
            type Answer = ();

            fn make<'a>(&'a self, instance: &'a mut Instance) -> Called<'a, ()> {
                Box::pin(async move {
                    Ok(match self {
                        $(Self::$name(call) => call.make(instance).await?.map(drop),)*
                    })
                })
            }
        }
    };
}

calls! {
    Check as "check" {} -> connector::Report, |_, instance| {
        Box::pin(instance.connector.call_check(&mut instance.store))
    };
    OfObject as "of-object" { pub(super) query: tickets::Query } -> tickets::Page, |call, instance| {
        Box::pin(instance.tickets.call_of_object(&mut instance.store, &call.query))
    };
    Get as "get" { pub(super) id: String } -> types::Ticket, |call, instance| {
        Box::pin(instance.tickets.call_get(&mut instance.store, &call.id))
    };
    Forms as "forms" { pub(super) object: types::Object } -> Vec<tickets::Form>, |call, instance| {
        Box::pin(instance.tickets.call_forms(&mut instance.store, &call.object))
    };
    Since as "since" {
        pub(super) cursor: Option<String>,
        pub(super) start: Option<i64>,
        pub(super) limit: u32,
    } -> changes::Batch, |call, instance| Box::pin(async move {
        let (changes, store) = telling(instance)?;
        changes.call_since(store, call.cursor.as_deref(), call.start, call.limit).await
    });
    Accepts as "accepts" { pub(super) cursor: String } -> bool, |call, instance| Box::pin(async move {
        let (changes, store) = telling(instance)?;
        Ok(Ok(changes.call_accepts(store, &call.cursor).await?))
    });
    StillThere as "still-there" { pub(super) ids: Vec<String> } -> Vec<String>, |call, instance| {
        Box::pin(async move {
            let (changes, store) = telling(instance)?;
            changes.call_still_there(store, &call.ids).await
        })
    };
    Create as "create" { pub(super) draft: authoring::Draft } -> authoring::Created, |call, instance| {
        Box::pin(async move {
            let (authoring, store) = creating(instance)?;
            authoring.call_create(store, &call.draft).await
        })
    };
    Find as "find" {
        pub(super) draft: authoring::Draft,
        pub(super) since: i64,
    } -> Option<authoring::Created>, |call, instance| Box::pin(async move {
        let (authoring, store) = creating(instance)?;
        authoring.call_find(store, &call.draft, call.since).await
    });
}

impl Ask {
    /// What a caller of the host has asked for.
    pub(crate) fn asked(&self) -> cassette::Call {
        let known = |object: &types::Object| Object {
            id: object.id.clone(),
            title: object.title.clone(),
            url: object.url.clone(),
            kind: object.kind.clone(),
            attributes: object
                .attributes
                .iter()
                .map(|attribute| (attribute.name.clone(), attribute.value.clone()))
                .collect(),
        };
        match self {
            Self::Check(_) => cassette::Call::Check,
            Self::OfObject(OfObject { query }) => cassette::Call::Tickets {
                object: known(&query.object),
                filter: match query.filter {
                    tickets::Filter::All => Filter::All,
                    tickets::Filter::Open => Filter::Open,
                    tickets::Filter::Closed => Filter::Closed,
                },
            },
            Self::Get(Get { id }) => cassette::Call::Ticket { id: id.clone() },
            Self::Forms(Forms { object }) => cassette::Call::Forms {
                object: known(object),
            },
            Self::Since(_) | Self::Accepts(_) | Self::StillThere(_) => cassette::Call::Changes,
            Self::Create(_) | Self::Find(_) => cassette::Call::Create,
        }
    }
}

/// The interface, and the store that it is called in. A caller has asked whether there is one; an
/// instance without it is a connector that changed its mind.
fn telling(instance: &mut Instance) -> wasmtime::Result<(&changes::Guest, &mut Store<HostState>)> {
    match &instance.changes {
        Some(changes) => Ok((changes, &mut instance.store)),
        None => Err(wasmtime::Error::msg("the interface changes is missing")),
    }
}

/// The same with the interface for creating tickets.
fn creating(
    instance: &mut Instance,
) -> wasmtime::Result<(&authoring::Guest, &mut Store<HostState>)> {
    match &instance.authoring {
        Some(authoring) => Ok((authoring, &mut instance.store)),
        None => Err(wasmtime::Error::msg("the interface authoring is missing")),
    }
}
