# Les pages en français.

product = Centres de services
nav-label = Pages
nav-tickets = Tickets
nav-logbook = Journal
nav-desks = Centres de services
nav-connectors = Connecteurs
skip = Aller au contenu
language-label = Langue
zone = Les heures sont celles de { $zone }.

login-title = Connexion
login-name = Nom
login-password = Mot de passe
login-submit = Se connecter
login-hint = Les comptes se créent avec « sgi account add ».
login-wrong = Ce nom et ce mot de passe ne vont pas ensemble.
login-many = Trop d’essais erronés depuis votre adresse : patientez une minute.
login-nobody = Il n’y a pas encore de compte. Il en faut un depuis une autre machine : créez-le avec « sgi account add » sur la machine où tourne le service.
logout = Se déconnecter
here-alone = Quiconque est sur cette machine peut tout faire ici, tant qu’il n’y a pas de compte.

search-title = Les tickets d’un objet
search-label = Objet de la CMDB (son identifiant)
search-label-title = Objet de la CMDB (son identifiant ou son titre)
search-nothing = Aucun objet de la CMDB n’a le titre « { $title } ».
search-as-id = Prendre « { $title } » pour un identifiant
search-several = Plusieurs objets de la CMDB ont le titre « { $title } » :
search-submit = Afficher les tickets
search-hint = Pour un objet et ses composants : plusieurs identifiants séparés par des espaces.

tickets-title = Tickets de l’objet { $object }
tickets-all = Tous
tickets-open = Ouverts
tickets-closed = Fermés
tickets-filter = Quels tickets
tickets-none = Aucun ticket ne référence cet objet.
tickets-none-such = Aucun de ses tickets n’est dans ce cas.
tickets-count = { $count ->
    [0] aucun ticket
    [one] { $count } ticket
   *[other] { $count } tickets
}
tickets-new = Nouveau ticket
tickets-asked = demandés { $ago }
tickets-asking = en train d’être redemandés
tickets-stale = Le centre de services n’a pas pu être interrogé de nouveau : voici ses tickets d’{ $ago }.
tickets-no-desk = Aucun centre de services n’est encore configuré.
opens-desk = s’ouvre dans le centre de services

ago-now = à l’instant
ago-seconds = il y a { $count } secondes
ago-minutes = il y a { $count } minutes
ago-hours = il y a { $count } heures
ago-days = il y a { $count } jours

column-subject = Sujet
column-queue = File
column-status = Statut
column-priority = Priorité
column-created = Créé
column-updated = Dernière modification
column-class = Classe
column-owner = Responsable
column-requestors = Demandeurs
column-starts = Début
column-due = Échéance
column-resolved = Résolu
column-objects = Objets
no-subject = (sans sujet)
sort-by = Trier par { $column }
details = Détails

status-new = nouveau
status-open = ouvert
status-pending = en attente
status-resolved = résolu
status-closed = fermé
status-rejected = rejeté
status-merged = fusionné
status-deleted = supprimé
status-unknown = inconnu

new-title = Nouveau ticket pour l’objet { $object }
new-forms = Dans le formulaire du centre de services
new-forms-hint = Le formulaire s’ouvre dans le centre de services, l’objet déjà rempli.
new-here = Le créer ici
new-subject = Sujet
new-text = Texte
new-queue = File (comme le centre de services la nomme ; peut rester vide)
new-requestor = Demandeur (peut rester vide)
new-priority = Priorité (peut rester vide)
new-submit = Créer le ticket
new-made = Le ticket a été créé.
new-was-there = Le ticket existait déjà : un essai précédent l’avait créé.
new-otherwise = Le centre de services l’a fait autrement que demandé :
new-no-forms = Ce centre de services n’a pas de formulaire pour un nouveau ticket.

logbook-title = Journal
logbook-of = Journal de l’objet { $object }
logbook-object = Objet
logbook-desk = Centre de services
logbook-kind = Genre
logbook-since = Depuis
logbook-until = Jusqu’à (non compris)
logbook-undelivered = Seulement ce qui n’est pas arrivé dans la CMDB
logbook-any = tous
logbook-submit = Afficher
logbook-none = Rien de tel dans le journal.
logbook-next = Entrées plus anciennes
logbook-when = Quand
logbook-ticket = Ticket
logbook-what = Ce qui s’est passé
logbook-who = Qui
logbook-delivery = Livraison
logbook-derived = trouvé en comparant deux états du ticket
logbook-decide = Une personne doit décider : « sgi logbook resolve --help » dit comment.

kind-created = créé
kind-replied = réponse
kind-commented = commentaire interne
kind-status = statut
kind-owner = responsable
kind-queue = file
kind-priority = priorité
kind-subject = sujet
kind-resolved = résolu
kind-merged = fusionné
kind-deleted = supprimé
kind-referenced = référence l’objet
kind-unreferenced = ne référence plus l’objet
kind-vanished = plus visible : supprimé, fusionné ou déplacé
kind-other = autre changement

delivery-waiting = en attente
delivery-sending = en cours d’envoi
delivery-delivered = livrée
delivery-undecided = indécise
delivery-refused = refusée

desks-title = Centres de services
desks-none = Aucun centre de services n’est encore configuré.
desks-type = Type
desks-url = Adresse
desks-username = Utilisateur
desks-origin = Configuré dans
desks-origin-file = sgi.toml
desks-origin-store = ces paramètres
desks-served = Servi par
desks-state = Connexion
desks-logbook = Journal
desks-inactive = inactif
desks-unchecked = pas encore testée
desks-fine = en ordre
desks-warned = en ordre, avec des remarques
desks-blocked = ne fonctionne pas
desks-checked = { $product } { $version }, testée { $ago }
desks-test = Tester la connexion
desks-not-served = aucun connecteur
desks-refused = Le dernier changement n’a pas été repris ; ce qui servait avant continue :
desks-following = lu { $ago }
desks-first = pas encore lu
desks-remaining = encore { $count } tickets à lire environ
desks-elsewhere = lu par un autre processus
desks-not-followed = pas tenu

desks-change = Modifier
settings-new = Configurer un centre de services
settings-of = Paramètres de { $desk }
settings-choose = De quel système s’agit-il ?
settings-name = Nom
settings-name-hint = À votre choix : lettres (a à z), chiffres, « - », « _ » et « . ». Il ne peut pas être changé plus tard.
settings-active = Actif
settings-url = URL avec le protocole
settings-url-hint = Avec port et chemin s’il y en a : https://rt.example.org/rt
settings-link-url = URL que les gens ouvrent, si c’est une autre
settings-password-kept = Laissé vide, le mot de passe reste ; si le type ou l’URL changent, il faut le redonner.
settings-options = Options de ce système
settings-unchanged = Rien n’a été changé : les paramètres doivent d’abord passer leur vérification.
settings-force = Enregistrer même si le centre de services ne répond pas
settings-save = Vérifier et enregistrer
settings-remove = Retirer ce centre de services
settings-remove-what = Ses tickets ne sont plus affichés. Ce que le journal en contient reste.

connectors-title = Connecteurs
connectors-desks = Sert
connectors-no-desk = aucun centre de services
connectors-builtin = intégré
connectors-size = { $kib } Kio
connectors-digest = Empreinte
connectors-file = Fichier
connectors-sealed = Il peut parler à son propre centre de services à travers l’hôte, et à rien d’autre.
connectors-approve = Décidez en ligne de commande : « sgi connector approve { $id } ».

trust-builtin = partie de ce programme
trust-pinned = épinglé par son empreinte
trust-approved = approuvé par un administrateur
trust-signed = signé avec une clé de confiance
trust-pending = attend une approbation
trust-set-aside = mis de côté
trust-unknown = inconnu

problem-title = Cela n’a pas fonctionné
problem-back = Retour
problem-desk-title = Le centre de services { $desk } n’a pas pu être interrogé
problem-bad-credentials = Le centre de services n’accepte pas l’utilisateur et le mot de passe : corrigez-les dans ses paramètres.
problem-forbidden = Le compte n’a pas ce droit : accordez-le-lui dans le centre de services.
problem-unavailable = Le centre de services n’est pas joignable pour le moment.
problem-rate-limited = Le centre de services demande qu’on le laisse un moment en paix.
problem-invalid-setting = Un paramètre du centre de services est faux.
problem-inactive = Le centre de services est réglé sur inactif.
problem-not-admitted = Le connecteur ne peut pas s’exécuter.
problem-connector = Le connecteur a échoué.
problem-detail = En détail

embed-down = Les tickets de { $desk } ne sont pas disponibles pour le moment.
embed-expired = Cette vue des tickets a expiré : rechargez la page qui la contient.
embed-wrong = Cette adresse n’affiche aucun ticket : elle est incomplète ou a été modifiée. Rechargez la page qui la contient.
embed-failed = Les tickets ne sont pas disponibles pour le moment.
object-page = Page dans la CMDB

role-read = peut lire
role-operate = peut créer des tickets
role-administer = peut changer les paramètres
