//! What this connector is, and what it asks for.

use sgi_guest::connector::{Manifest, OptionKind, Place, Slot, System};
use sgi_guest::manifest::{option, text};

/// Name and version, as sent to the desk.
pub(crate) const USER_AGENT: &str = concat!("{{name}}/", env!("CARGO_PKG_VERSION"));

/// The option that narrows lists to a team.
pub(crate) const TEAM: &str = "team";

pub(crate) fn manifest() -> Manifest {
    Manifest {
        id: "{{name}}".to_owned(),
        name: "{{title}}".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        systems: vec![System {
            product: "{{title}}".to_owned(),
            versions: "API 1".to_owned(),
        }],
        options: vec![option(
            TEAM,
            text("Team", "Team", "Équipe"),
            text(
                "Show only tickets of this team. Empty: of all.",
                "Nur Tickets dieses Teams zeigen. Leer: von allen.",
                "N'afficher que les tickets de cette équipe. Vide : de toutes.",
            ),
            OptionKind::Text,
            None,
        )],
        // The password goes into these requests and into no other.
        slots: ["/api/about", "/api/tickets", "/api/tickets/*"]
            .map(|path| Slot {
                method: "GET".to_owned(),
                path: path.to_owned(),
                place: Place::Basic,
                secret: "password".to_owned(),
            })
            .to_vec(),
        captures: Vec::new(),
    }
}
