//! What a web service lacks, though OTRS answers, and what to do about it.

use crate::channel::{Names, Operation, Transport};
use crate::failure::YAML;
use sgi_guest::types::Error;
use sgi_guest::{fail, text};

/// The REST web service that comes with OTRS.
const STOCK: &str = "GenericTicketConnectorREST";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lack {
    /// OTRS has no web service of this name, or it is not valid.
    Service,
    /// It does not offer this.
    Operation(Operation),
    /// It drops a search for a dynamic field, and brings all tickets.
    Filter,
}

impl Lack {
    /// What is so, as a clause.
    pub(crate) fn reason(self, names: &Names) -> String {
        let service = text::quote(&names.service);
        let by = names.transport.name();
        match (self, names.transport) {
            (Self::Service, _) => format!(
                "OTRS closes the connection when it is asked for the web service {service} by {by}, as it \
                 does for one that it does not have or that is not valid"
            ),
            (Self::Operation(operation), Transport::Rest) => format!(
                "the web service {service} of OTRS has no route \"POST {}\"",
                operation.route()
            ),
            (Self::Operation(operation), Transport::StockRest) => format!(
                "the web service {service} of OTRS does not offer {} as the stock REST web service does",
                operation.name()
            ),
            (Self::Operation(operation), Transport::Soap) => format!(
                "the web service {service} of OTRS has no operation {} by SOAP",
                operation.name()
            ),
            (Self::Filter, _) => format!(
                "the web service {service} of OTRS ignores the search for a dynamic field and brings all \
                 tickets"
            ),
        }
    }

    /// What to do.
    pub(crate) fn remedy(self, names: &Names) -> String {
        let import =
            format!("import {YAML}, which comes with the connector, in OTRS under Web Services");
        match (self, names.transport) {
            (Self::Service, Transport::Rest) => import,
            (_, Transport::StockRest) => format!(
                "import the example web service {STOCK} in OTRS under Web Services, or look its name up \
                 there; better {import}, and set the option \"transport\" to \"rest\""
            ),
            (Self::Service, Transport::Soap) => {
                "look its name up in OTRS under Web Services".to_owned()
            }
            (Self::Operation(_) | Self::Filter, Transport::Rest) => {
                format!("{import}, and name that web service here")
            }
            (Self::Operation(_) | Self::Filter, Transport::Soap) => {
                "name the SOAP web service that came with OTRS here, or use REST (option \
                 \"transport\")"
                    .to_owned()
            }
        }
    }

    pub(crate) fn into_error(self, names: &Names) -> Error {
        let message = format!("{}: {}", self.reason(names), self.remedy(names));
        fail::invalid_setting(names.transport.key(), message)
    }
}
