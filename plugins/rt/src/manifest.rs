//! What this connector is and which options it takes.

use crate::authoring;
use sgi_guest::connector::{Manifest, OptionKind, OptionSpec, Place, Slot, System};
use sgi_guest::manifest::{option, text};

/// Keys of the options.
pub(crate) mod key {
    pub(crate) const CREDENTIAL: &str = "credential";
    pub(crate) const EXTENSION: &str = "extension";
    pub(crate) const OBJECTS_FIELD: &str = "objects-field";
    pub(crate) const QUEUES: &str = "queues";
    pub(crate) const TENANT: &str = "tenant";
    pub(crate) const TENANT_FIELD: &str = "tenant-field";
}

/// Name and version, as sent to RT.
pub(crate) const USER_AGENT: &str = concat!("sgi-connector-rt/", env!("CARGO_PKG_VERSION"));

pub(crate) fn manifest() -> Manifest {
    Manifest {
        id: "rt".to_owned(),
        name: "Request Tracker".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        systems: vec![System {
            product: "Request Tracker".to_owned(),
            versions: "5.0 and later (REST 2.0)".to_owned(),
        }],
        options: options(),
        slots: slots(),
        captures: Vec::new(),
    }
}

/// RT wants credentials with every request; it is read with GET, and the one other thing done to it is
/// creating a ticket. Both places are declared because the option `credential` chooses between them.
fn slots() -> Vec<Slot> {
    let mut slots = Vec::new();
    for (method, path) in [
        ("GET", "/REST/2.0/*"),
        ("GET", "/REST/2.0/*/*"),
        ("POST", authoring::TICKET),
    ] {
        for place in [Place::Basic, Place::Header("authorization".to_owned())] {
            slots.push(Slot {
                method: method.to_owned(),
                path: path.to_owned(),
                place,
                secret: "password".to_owned(),
            });
        }
    }
    slots
}

fn options() -> Vec<OptionSpec> {
    vec![
        option(
            key::QUEUES,
            text(
                "Request Tracker queues (comma-separated)",
                "Request-Tracker-Queues (kommasepariert)",
                "Files Request Tracker (séparées par des virgules)",
            ),
            text(
                "Queues offered for new tickets, by name. Empty: all that the account sees.",
                "Queues, die für neue Tickets angeboten werden, mit Namen. Leer: alle, die das Konto sieht.",
                "Files proposées pour les nouveaux tickets, par nom. Vide : toutes celles que le compte voit.",
            ),
            OptionKind::TextList,
            None,
        ),
        option(
            key::OBJECTS_FIELD,
            text(
                "Custom field of the objects",
                "Benutzerdefiniertes Feld der Objekte",
                "Champ personnalisé des objets",
            ),
            text(
                "Name of the ticket custom field that holds the ids of CMDB objects, one a value.",
                "Name des Ticketfeldes, das die Ids der CMDB-Objekte enthält, eine je Wert.",
                "Nom du champ de ticket qui contient les identifiants des objets de la CMDB, un par valeur.",
            ),
            OptionKind::Text,
            Some("i-doit objects"),
        ),
        option(
            key::TENANT,
            text("Tenant", "Mandant", "Mandant"),
            text(
                "Show only tickets of this tenant, by the value of the tenant field. Empty: of all.",
                "Nur Tickets dieses Mandanten zeigen, nach dem Wert des Mandantenfeldes. Leer: von allen.",
                "N'afficher que les tickets de ce mandant, selon la valeur de son champ. Vide : de tous.",
            ),
            OptionKind::Text,
            None,
        ),
        option(
            key::TENANT_FIELD,
            text(
                "Custom field of the tenant",
                "Benutzerdefiniertes Feld des Mandanten",
                "Champ personnalisé du mandant",
            ),
            text(
                "Name of the ticket custom field that holds the tenant; used only with a tenant.",
                "Name des Ticketfeldes, das den Mandanten enthält; nur mit einem Mandanten benutzt.",
                "Nom du champ de ticket qui contient le mandant ; utilisé seulement avec un mandant.",
            ),
            OptionKind::Text,
            Some("i-doit tenant"),
        ),
        option(
            key::EXTENSION,
            text(
                "ReferenceIDoitObjects is installed",
                "ReferenceIDoitObjects ist installiert",
                "ReferenceIDoitObjects est installée",
            ),
            text(
                "Whether RT has the extension RT::Extension::ReferenceIDoitObjects: decides the form of the new-ticket links.",
                "Ob RT die Erweiterung RT::Extension::ReferenceIDoitObjects hat: bestimmt die Form der Links für neue Tickets.",
                "Si RT a l'extension RT::Extension::ReferenceIDoitObjects : décide de la forme des liens de création.",
            ),
            OptionKind::Boolean,
            Some("false"),
        ),
        option(
            key::CREDENTIAL,
            text("The password is", "Das Passwort ist", "Le mot de passe est"),
            text(
                "The account's password, or an authentication token made in RT.",
                "Das Passwort des Kontos oder ein in RT erzeugtes Authentifizierungs-Token.",
                "Le mot de passe du compte ou un jeton d'authentification créé dans RT.",
            ),
            OptionKind::Choice(vec!["password".to_owned(), "token".to_owned()]),
            Some("password"),
        ),
    ]
}
