//! The options that a desk of this kind may have.

use sgi_guest::connector::{OptionKind, OptionSpec};
use sgi_guest::manifest::{self, choice, text};

/// Keys of the options.
pub(crate) mod key {
    pub(crate) const CREATE_CUSTOMER: &str = "create-customer";
    pub(crate) const CREATE_QUEUE: &str = "create-queue";
    pub(crate) const CREATE_TYPE: &str = "create-type";
    pub(crate) const MATCH: &str = "match";
    pub(crate) const OBJECTS_FIELD: &str = "objects-field";
    pub(crate) const REST_SERVICE: &str = "rest-service";
    pub(crate) const SOAP_SERVICE: &str = "soap-service";
    pub(crate) const STOCK_SERVICE: &str = "stock-rest-service";
    pub(crate) const TENANT: &str = "tenant";
    pub(crate) const TENANT_FIELD: &str = "tenant-field";
    pub(crate) const TIME_ZONE: &str = "time-zone";
    pub(crate) const TRANSPORT: &str = "transport";
}

/// English, German, French.
type Texts = [&'static str; 3];

fn option(
    key: &str,
    [en, de, fr]: Texts,
    [help_en, help_de, help_fr]: Texts,
    kind: OptionKind,
    default: Option<&str>,
) -> OptionSpec {
    let help = text(help_en, help_de, help_fr);
    manifest::option(key, text(en, de, fr), help, kind, default)
}

pub(crate) fn all() -> Vec<OptionSpec> {
    let mut all = connection();
    all.extend(references());
    all.extend(new_tickets());
    all
}

/// How the desk is spoken to.
fn connection() -> Vec<OptionSpec> {
    vec![
        option(
            key::TRANSPORT,
            ["Web service", "Webservice", "Service web"],
            [
                "REST needs the web service CMDBTicketConnector that comes with this connector; SOAP is the stock one that i-doit uses. auto: the check finds out. stock-rest: the stock REST one, only where neither can be had: it cannot search for an object, so the logbook must be kept (sgi sync), and its sessions stand in the web server's log.",
                "REST braucht den Webservice CMDBTicketConnector, der diesem Konnektor beiliegt; SOAP ist der mitgelieferte, den i-doit benutzt. auto: die Prüfung findet es heraus. stock-rest: der mitgelieferte REST-Webservice, nur wo keiner der beiden zu haben ist: er kann kein Objekt suchen, daher muss das Logbuch geführt werden (sgi sync), und seine Sitzungen stehen im Protokoll des Webservers.",
                "REST demande le service web CMDBTicketConnector fourni avec ce connecteur ; SOAP est celui d'origine, utilisé par i-doit. auto : la vérification le détermine. stock-rest : le service REST d'origine, seulement si aucun des deux n'est possible : il ne sait pas chercher un objet, il faut donc tenir le journal (sgi sync), et ses sessions figurent dans le journal du serveur web.",
            ],
            choice(&["auto", "rest", "soap", "stock-rest"]),
            Some("auto"),
        ),
        option(
            key::REST_SERVICE,
            [
                "Name of the REST web service",
                "Name des REST-Webservice",
                "Nom du service web REST",
            ],
            [
                "As it was imported in OTRS from CMDBTicketConnector.yml.",
                "Wie er in OTRS aus CMDBTicketConnector.yml importiert wurde.",
                "Tel qu'il a été importé dans OTRS depuis CMDBTicketConnector.yml.",
            ],
            OptionKind::Text,
            Some("CMDBTicketConnector"),
        ),
        option(
            key::SOAP_SERVICE,
            [
                "Name of the SOAP web service",
                "Name des SOAP-Webservice",
                "Nom du service web SOAP",
            ],
            [
                "As OTRS lists it. The stock one logs passwords while its debugger is at \"debug\": set it to \"error\".",
                "Wie OTRS ihn aufführt. Der mitgelieferte protokolliert Passwörter, solange sein Debugger auf „debug“ steht: auf „error“ stellen.",
                "Tel qu'OTRS le nomme. Celui d'origine journalise les mots de passe tant que son débogueur est sur « debug » : choisir « error ».",
            ],
            OptionKind::Text,
            Some("GenericTicketConnector"),
        ),
        option(
            key::STOCK_SERVICE,
            [
                "Name of the stock REST web service",
                "Name des mitgelieferten REST-Webservice",
                "Nom du service web REST d'origine",
            ],
            [
                "As OTRS lists it; used only with the web service stock-rest.",
                "Wie OTRS ihn aufführt; nur mit dem Webservice stock-rest benutzt.",
                "Tel qu'OTRS le nomme ; utilisé seulement avec le service web stock-rest.",
            ],
            OptionKind::Text,
            Some("GenericTicketConnectorREST"),
        ),
        option(
            key::TIME_ZONE,
            [
                "Time zone of OTRS",
                "Zeitzone von OTRS",
                "Fuseau horaire d'OTRS",
            ],
            [
                "OTRS writes dates without their zone (its setting OTRSTimeZone), such as Europe/Berlin. Empty: worked out from each ticket's age, which can miss last changes by an hour across a clock change.",
                "OTRS schreibt Zeiten ohne Zone (Einstellung OTRSTimeZone), etwa Europe/Berlin. Leer: aus dem Alter jedes Tickets berechnet; letzte Änderungen können dann über eine Zeitumstellung hinweg um eine Stunde abweichen.",
                "OTRS écrit les dates sans fuseau (réglage OTRSTimeZone), par exemple Europe/Berlin. Vide : déduit de l'âge de chaque ticket ; la dernière modification peut alors être décalée d'une heure après un changement d'heure.",
            ],
            OptionKind::TimeZone,
            None,
        ),
    ]
}

/// How tickets reference objects.
fn references() -> Vec<OptionSpec> {
    vec![
        option(
            key::OBJECTS_FIELD,
            [
                "Dynamic field of the objects",
                "Dynamisches Feld der Objekte",
                "Champ dynamique des objets",
            ],
            [
                "Name of the ticket dynamic field that holds the ids of CMDB objects.",
                "Name des dynamischen Ticketfeldes, das die Ids der CMDB-Objekte enthält.",
                "Nom du champ dynamique de ticket qui contient les identifiants des objets de la CMDB.",
            ],
            OptionKind::Text,
            Some("IDoitObjects"),
        ),
        option(
            key::MATCH,
            ["The field holds", "Das Feld enthält", "Le champ contient"],
            [
                "like: a text such as \",12,42,\" (as i-doit has it); equals: one object id a value.",
                "like: einen Text wie „,12,42,“ (wie bei i-doit); equals: eine Objekt-Id je Wert.",
                "like : un texte tel que « ,12,42, » (comme i-doit) ; equals : un identifiant d'objet par valeur.",
            ],
            choice(&["like", "equals"]),
            Some("like"),
        ),
        option(
            key::TENANT,
            ["Tenant", "Mandant", "Mandant"],
            [
                "Show only tickets of this tenant, by the value of the tenant field. Empty: of all.",
                "Nur Tickets dieses Mandanten zeigen, nach dem Wert des Mandantenfeldes. Leer: von allen.",
                "N'afficher que les tickets de ce mandant, selon la valeur de son champ. Vide : de tous.",
            ],
            OptionKind::Text,
            None,
        ),
        option(
            key::TENANT_FIELD,
            [
                "Dynamic field of the tenant",
                "Dynamisches Feld des Mandanten",
                "Champ dynamique du mandant",
            ],
            [
                "Name of the ticket dynamic field that holds the tenant; used only with a tenant.",
                "Name des dynamischen Ticketfeldes, das den Mandanten enthält; nur mit einem Mandanten benutzt.",
                "Nom du champ dynamique de ticket qui contient le mandant ; utilisé seulement avec un mandant.",
            ],
            OptionKind::Text,
            Some("IDoitMandator"),
        ),
    ]
}

/// What tickets get that are created through the web service.
fn new_tickets() -> Vec<OptionSpec> {
    vec![
        option(
            key::CREATE_QUEUE,
            [
                "Queue for new tickets",
                "Queue für neue Tickets",
                "File pour les nouveaux tickets",
            ],
            [
                "Where tickets go that are created without naming a queue; full name, such as \"Service Desk::Printers\".",
                "Wohin Tickets kommen, die ohne Queue erstellt werden; voller Name, etwa „Service Desk::Drucker“.",
                "Où vont les tickets créés sans file ; nom complet, par exemple « Service Desk::Imprimantes ».",
            ],
            OptionKind::Text,
            None,
        ),
        option(
            key::CREATE_CUSTOMER,
            [
                "Customer user of new tickets",
                "Kundenbenutzer neuer Tickets",
                "Client des nouveaux tickets",
            ],
            [
                "Who asks in tickets that are created without a requestor: a customer user or an e-mail address; OTRS writes automatic replies there. Empty: the account's name, which OTRS takes only where it does not check addresses.",
                "Wer in Tickets anfragt, die ohne Anfragenden erstellt werden: ein Kundenbenutzer oder eine E-Mail-Adresse; dorthin schreibt OTRS automatische Antworten. Leer: der Name des Kontos, den OTRS nur annimmt, wenn es Adressen nicht prüft.",
                "Le demandeur des tickets créés sans demandeur : un client ou une adresse e-mail ; OTRS y envoie ses réponses automatiques. Vide : le nom du compte, qu'OTRS n'accepte que s'il ne vérifie pas les adresses.",
            ],
            OptionKind::Text,
            None,
        ),
        option(
            key::CREATE_TYPE,
            [
                "Type of new tickets",
                "Typ neuer Tickets",
                "Type des nouveaux tickets",
            ],
            [
                "The type of tickets that are created without naming one.",
                "Der Typ von Tickets, die ohne Angabe eines Typs erstellt werden.",
                "Le type des tickets créés sans type.",
            ],
            OptionKind::Text,
            Some("Unclassified"),
        ),
    ]
}
