# Die Seiten auf Deutsch.

product = Servicedesks
nav-label = Seiten
nav-tickets = Tickets
nav-logbook = Logbuch
nav-desks = Servicedesks
nav-connectors = Konnektoren
skip = Zum Inhalt
language-label = Sprache
zone = Zeiten gelten für { $zone }.

login-title = Anmelden
login-name = Name
login-password = Passwort
login-submit = Anmelden
login-hint = Konten werden mit „sgi account add“ angelegt.
login-wrong = Name und Passwort passen nicht zusammen.
login-many = Zu viele falsche Versuche von Ihrer Adresse: Bitte eine Minute warten.
login-nobody = Es gibt noch kein Konto. Von anderen Rechnern aus braucht es eines: Legen Sie es mit „sgi account add“ auf dem Rechner an, auf dem der Dienst läuft.
logout = Abmelden
here-alone = Wer an diesem Rechner sitzt, darf hier alles, solange es kein Konto gibt.

search-title = Die Tickets eines Objekts
search-label = Objekt der CMDB (seine ID)
search-label-title = Objekt der CMDB (seine ID oder sein Titel)
search-nothing = Kein Objekt der CMDB hat den Titel „{ $title }“.
search-as-id = „{ $title }“ als ID nehmen
search-several = Mehrere Objekte der CMDB haben den Titel „{ $title }“:
search-submit = Tickets zeigen
search-hint = Für ein Objekt und seine Komponenten: mehrere IDs, durch Leerzeichen getrennt.

tickets-title = Tickets des Objekts { $object }
tickets-all = Alle
tickets-open = Offen
tickets-closed = Geschlossen
tickets-filter = Welche Tickets
tickets-none = Kein Ticket verweist auf dieses Objekt.
tickets-none-such = Keines seiner Tickets ist so.
tickets-count = { $count ->
    [0] keine Tickets
    [one] { $count } Ticket
   *[other] { $count } Tickets
}
tickets-new = Neues Ticket
tickets-asked = abgefragt { $ago }
tickets-asking = wird gerade neu abgefragt
tickets-stale = Der Servicedesk konnte nicht neu abgefragt werden: Dies sind seine Tickets { $ago }.
tickets-no-desk = Noch ist kein Servicedesk eingerichtet.
opens-desk = öffnet sich im Servicedesk

ago-now = gerade eben
ago-seconds = vor { $count } Sekunden
ago-minutes = vor { $count } Minuten
ago-hours = vor { $count } Stunden
ago-days = vor { $count } Tagen

column-subject = Betreff
column-queue = Queue
column-status = Status
column-priority = Priorität
column-created = Erstellt
column-updated = Letzte Änderung
column-class = Klasse
column-owner = Bearbeiter
column-requestors = Anfragende
column-starts = Beginn
column-due = Fällig
column-resolved = Gelöst
column-objects = Objekte
no-subject = (ohne Betreff)
sort-by = Sortieren nach { $column }
details = Details

status-new = neu
status-open = offen
status-pending = wartend
status-resolved = gelöst
status-closed = geschlossen
status-rejected = abgelehnt
status-merged = zusammengeführt
status-deleted = gelöscht
status-unknown = unbekannt

new-title = Neues Ticket für Objekt { $object }
new-forms = Im Formular des Servicedesks
new-forms-hint = Das Formular öffnet sich im Servicedesk, das Objekt ist schon eingetragen.
new-here = Hier erstellen
new-subject = Betreff
new-text = Text
new-queue = Queue (wie der Servicedesk sie nennt; darf leer bleiben)
new-requestor = Anfragender (darf leer bleiben)
new-priority = Priorität (darf leer bleiben)
new-submit = Ticket erstellen
new-made = Das Ticket wurde erstellt.
new-was-there = Das Ticket war schon da: Ein früherer Versuch hatte es erstellt.
new-otherwise = Der Servicedesk hat es anders gemacht als gewünscht:
new-no-forms = Der Servicedesk hat kein Formular für neue Tickets.

logbook-title = Logbuch
logbook-of = Logbuch des Objekts { $object }
logbook-object = Objekt
logbook-desk = Servicedesk
logbook-kind = Art
logbook-since = Von
logbook-until = Bis (ausschließlich)
logbook-undelivered = Nur was nicht in der CMDB angekommen ist
logbook-any = alle
logbook-submit = Zeigen
logbook-none = Nichts dergleichen steht im Logbuch.
logbook-next = Ältere Einträge
logbook-when = Wann
logbook-ticket = Ticket
logbook-what = Was geschah
logbook-who = Wer
logbook-delivery = Übermittlung
logbook-derived = durch Vergleich zweier Stände des Tickets gefunden
logbook-decide = Ein Mensch muss entscheiden: „sgi logbook resolve --help“ sagt, wie.

kind-created = erstellt
kind-replied = Antwort
kind-commented = interner Kommentar
kind-status = Status
kind-owner = Bearbeiter
kind-queue = Queue
kind-priority = Priorität
kind-subject = Betreff
kind-resolved = gelöst
kind-merged = zusammengeführt
kind-deleted = gelöscht
kind-referenced = verweist auf das Objekt
kind-unreferenced = verweist nicht mehr auf das Objekt
kind-vanished = nicht mehr sichtbar: gelöscht, zusammengeführt oder verschoben
kind-other = andere Änderung

delivery-waiting = wartet
delivery-sending = wird gesendet
delivery-delivered = angekommen
delivery-undecided = unentschieden
delivery-refused = abgelehnt

desks-title = Servicedesks
desks-none = Noch ist kein Servicedesk eingerichtet.
desks-type = Typ
desks-url = Adresse
desks-username = Benutzername
desks-origin = Eingerichtet in
desks-origin-file = sgi.toml
desks-origin-store = diesen Einstellungen
desks-served = Bedient von
desks-state = Verbindung
desks-logbook = Logbuch
desks-inactive = nicht aktiv
desks-unchecked = noch nicht getestet
desks-fine = in Ordnung
desks-warned = in Ordnung, mit Hinweisen
desks-blocked = funktioniert nicht
desks-checked = { $product } { $version }, getestet { $ago }
desks-test = Verbindung testen
desks-not-served = kein Konnektor
desks-refused = Die letzte Änderung wurde nicht übernommen; was vorher lief, läuft weiter:
desks-following = gelesen { $ago }
desks-first = noch nicht gelesen
desks-remaining = noch etwa { $count } Tickets zu lesen
desks-elsewhere = wird von einem anderen Prozess gelesen
desks-not-followed = wird nicht geführt

desks-change = Ändern
settings-new = Servicedesk einrichten
settings-of = Einstellungen von { $desk }
settings-choose = Welches System ist es?
settings-name = Name
settings-name-hint = Frei wählbar: Buchstaben (a bis z), Ziffern, „-“, „_“ und „.“. Er lässt sich später nicht ändern.
settings-active = Aktiv
settings-url = URL mit Protokoll
settings-url-hint = Mit Port und Pfad, wo es sie gibt: https://rt.example.org/rt
settings-link-url = URL, die Menschen öffnen, falls es eine andere ist
settings-password-kept = Leer gelassen bleibt das Passwort, wie es ist; ändern sich Typ oder URL, wird es neu gebraucht.
settings-options = Optionen dieses Systems
settings-unchanged = Nichts wurde geändert: Die Einstellungen müssen erst ihre Prüfung bestehen.
settings-force = Speichern, auch wenn der Servicedesk nicht antwortet
settings-save = Prüfen und speichern
settings-remove = Diesen Servicedesk entfernen
settings-remove-what = Seine Tickets werden nicht mehr gezeigt. Was das Logbuch von ihm hat, bleibt.

connectors-title = Konnektoren
connectors-desks = Bedient
connectors-no-desk = keinen Servicedesk
connectors-builtin = eingebaut
connectors-size = { $kib } KiB
connectors-digest = Prüfsumme
connectors-file = Datei
connectors-sealed = Er darf durch den Host mit seinem eigenen Servicedesk sprechen, und mit nichts sonst.
connectors-approve = Auf der Kommandozeile entscheiden: „sgi connector approve { $id }“.

trust-builtin = Teil dieses Programms
trust-pinned = durch seine Prüfsumme festgelegt
trust-approved = von einem Administrator genehmigt
trust-signed = mit einem vertrauten Schlüssel signiert
trust-pending = wartet auf Genehmigung
trust-set-aside = beiseitegelegt
trust-unknown = unbekannt

problem-title = Das hat nicht geklappt
problem-back = Zurück
problem-desk-title = Der Servicedesk { $desk } konnte nicht abgefragt werden
problem-bad-credentials = Der Servicedesk nimmt Benutzername und Passwort nicht an: In seinen Einstellungen berichtigen.
problem-forbidden = Das Konto darf das nicht: Ihm im Servicedesk das Recht geben.
problem-unavailable = Der Servicedesk ist im Moment nicht erreichbar.
problem-rate-limited = Der Servicedesk bittet um eine Pause.
problem-invalid-setting = Eine Einstellung des Servicedesks ist falsch.
problem-inactive = Der Servicedesk ist auf nicht aktiv gesetzt.
problem-not-admitted = Der Konnektor darf nicht laufen.
problem-connector = Der Konnektor ist gescheitert.
problem-detail = Im Einzelnen

embed-down = Die Tickets von { $desk } sind im Moment nicht verfügbar.
embed-expired = Diese Ansicht der Tickets ist abgelaufen: Laden Sie die Seite neu, zu der sie gehört.
embed-wrong = Diese Adresse zeigt keine Tickets: Sie ist nicht vollständig oder wurde verändert. Laden Sie die Seite neu, zu der sie gehört.
embed-failed = Die Tickets sind im Moment nicht verfügbar.
object-page = Seite in der CMDB

role-read = darf lesen
role-operate = darf Tickets erstellen
role-administer = darf Einstellungen ändern
