//! What this connector is and which options it takes.

use sgi_guest::connector::{Manifest, OptionKind, OptionSpec, Place, Slot, System};
use sgi_guest::manifest::{choice, option, text};

/// Keys of the options.
pub(crate) mod key {
    pub(crate) const CREATE_CLASS: &str = "create-class";
    pub(crate) const CREDENTIAL: &str = "credential";
    pub(crate) const OBJECTS_ATTRIBUTE: &str = "objects-attribute";
    pub(crate) const OBJECTS_VALUE: &str = "objects-value";
    pub(crate) const ORGANIZATION: &str = "organization";
    pub(crate) const TIME_ZONE: &str = "time-zone";
}

/// iTop's REST interface.
pub(crate) const PATH: &str = "/webservices/rest.php";

pub(crate) fn manifest() -> Manifest {
    Manifest {
        id: "itop".to_owned(),
        name: "iTop".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        systems: vec![System {
            product: "iTop".to_owned(),
            versions: "2.7 to 3.2 (REST 1.3)".to_owned(),
        }],
        options: [matching(), others()].into_iter().flatten().collect(),
        slots: slots(),
        captures: Vec::new(),
    }
}

/// All operations have one address. Three places are declared because the option `credential` chooses
/// among them.
fn slots() -> Vec<Slot> {
    [
        Place::FormField("auth_pwd".to_owned()),
        Place::Basic,
        Place::Header("auth-token".to_owned()),
    ]
    .into_iter()
    .map(|place| Slot {
        method: "POST".to_owned(),
        path: PATH.to_owned(),
        place,
        secret: "password".to_owned(),
    })
    .collect()
}

/// How an object of the CMDB and a configuration item of iTop find each other.
fn matching() -> Vec<OptionSpec> {
    vec![
        option(
            key::OBJECTS_ATTRIBUTE,
            text(
                "Attribute of the objects",
                "Attribut der Objekte",
                "Attribut des objets",
            ),
            text(
                "Attribute of iTop's configuration items that tells which CMDB object one is: idoit_id (from the i-doit extension), name, asset_number, or any other; of another class than FunctionalCI or PhysicalDevice as Class.attribute.",
                "Attribut der Configuration Items in iTop, das sagt, welches CMDB-Objekt gemeint ist: idoit_id (aus der i-doit-Erweiterung), name, asset_number oder ein anderes; aus einer anderen Klasse als FunctionalCI oder PhysicalDevice als Klasse.attribut.",
                "Attribut des éléments de configuration d'iTop qui désigne l'objet de la CMDB : idoit_id (de l'extension i-doit), name, asset_number ou un autre ; d'une autre classe que FunctionalCI ou PhysicalDevice sous la forme Classe.attribut.",
            ),
            OptionKind::Text,
            Some("idoit_id"),
        ),
        option(
            key::OBJECTS_VALUE,
            text(
                "What that attribute holds",
                "Was dieses Attribut enthält",
                "Ce que contient cet attribut",
            ),
            text(
                "The object's id, its title, or its CMDB attribute of the same name. auto: the id for idoit_id, the title for name, else the attribute.",
                "Die Id des Objekts, seinen Titel oder sein gleichnamiges CMDB-Attribut. auto: die Id bei idoit_id, der Titel bei name, sonst das Attribut.",
                "L'identifiant de l'objet, son titre ou son attribut de même nom dans la CMDB. auto : l'identifiant pour idoit_id, le titre pour name, sinon l'attribut.",
            ),
            choice(&["auto", "id", "title", "attribute"]),
            Some("auto"),
        ),
    ]
}

fn others() -> Vec<OptionSpec> {
    vec![
        option(
            key::TIME_ZONE,
            text(
                "iTop's time zone",
                "Zeitzone von iTop",
                "Fuseau horaire d'iTop",
            ),
            text(
                "The time zone in iTop's configuration (parameter timezone), in which it writes its dates. Empty: UTC is assumed.",
                "Die Zeitzone aus der Konfiguration von iTop (Parameter timezone), in der es Zeitpunkte schreibt. Leer: UTC wird angenommen.",
                "Le fuseau de la configuration d'iTop (paramètre timezone), dans lequel il écrit ses dates. Vide : UTC est supposé.",
            ),
            OptionKind::TimeZone,
            None,
        ),
        option(
            key::CREDENTIAL,
            text("Login by", "Anmeldung mit", "Connexion par"),
            text(
                "form: user name and password as form fields; basic: as HTTP Basic; token: the password is an iTop token (extension for tokens), sent in the header Auth-Token.",
                "form: Benutzername und Passwort als Formularfelder; basic: als HTTP Basic; token: das Passwort ist ein iTop-Token (Token-Erweiterung), gesendet im Header Auth-Token.",
                "form : nom d'utilisateur et mot de passe comme champs de formulaire ; basic : en HTTP Basic ; token : le mot de passe est un jeton iTop (extension des jetons), envoyé dans l'en-tête Auth-Token.",
            ),
            choice(&["form", "basic", "token"]),
            Some("form"),
        ),
        option(
            key::CREATE_CLASS,
            text(
                "Class of created tickets",
                "Klasse erzeugter Tickets",
                "Classe des tickets créés",
            ),
            text(
                "Class of tickets that are created through iTop's interface where nothing else is asked for: UserRequest, Incident …",
                "Klasse der Tickets, die über die Schnittstelle von iTop erzeugt werden, wenn nichts anderes verlangt ist: UserRequest, Incident …",
                "Classe des tickets créés par l'interface d'iTop si rien d'autre n'est demandé : UserRequest, Incident …",
            ),
            OptionKind::Text,
            Some("UserRequest"),
        ),
        option(
            key::ORGANIZATION,
            text(
                "Organization of created tickets",
                "Organisation erzeugter Tickets",
                "Organisation des tickets créés",
            ),
            text(
                "Name of the iTop organization for created tickets whose configuration item has none.",
                "Name der iTop-Organisation für erzeugte Tickets, deren Configuration Item keine hat.",
                "Nom de l'organisation iTop des tickets créés dont l'élément de configuration n'en a pas.",
            ),
            OptionKind::Text,
            None,
        ),
    ]
}
