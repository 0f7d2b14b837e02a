# The pages in English. The other languages say the same under the same names; a test compares them.

product = Service desks
nav-label = Pages
nav-tickets = Tickets
nav-logbook = Logbook
nav-desks = Service desks
nav-connectors = Connectors
skip = Go to the content
language-label = Language
zone = Times are those of { $zone }.

login-title = Log in
login-name = Name
login-password = Password
login-submit = Log in
login-hint = Accounts are made with “sgi account add”.
login-wrong = Name and password do not fit.
login-many = Too many wrong tries from your address: wait a minute.
login-nobody = There is no account yet. From other machines, one is needed: make it with “sgi account add” on the machine that the service runs on.
logout = Log out
here-alone = Whoever is on this machine may do everything here, until there is an account.

search-title = The tickets of an object
search-label = Object of the CMDB (its id)
search-label-title = Object of the CMDB (its id or its title)
search-nothing = No object of the CMDB has the title “{ $title }”.
search-as-id = Take “{ $title }” for an id
search-several = Several objects of the CMDB have the title “{ $title }”:
search-submit = Show tickets
search-hint = For an object and its components, several ids with blanks between them.

tickets-title = Tickets of object { $object }
tickets-all = All
tickets-open = Open
tickets-closed = Closed
tickets-filter = Which tickets
tickets-none = No tickets reference this object.
tickets-none-such = None of its tickets is like that.
tickets-count = { $count ->
    [0] no tickets
    [one] { $count } ticket
   *[other] { $count } tickets
}
tickets-new = New ticket
tickets-asked = asked { $ago }
tickets-asking = being asked again now
tickets-stale = The desk could not be asked again: these are its tickets from { $ago }.
tickets-no-desk = No service desk is set up yet.
opens-desk = opens in the service desk

ago-now = just now
ago-seconds = { $count } seconds ago
ago-minutes = { $count } minutes ago
ago-hours = { $count } hours ago
ago-days = { $count } days ago

column-subject = Subject
column-queue = Queue
column-status = Status
column-priority = Priority
column-created = Created
column-updated = Last change
column-class = Class
column-owner = Owner
column-requestors = Requestors
column-starts = Start
column-due = Due
column-resolved = Resolved
column-objects = Objects
no-subject = (no subject)
sort-by = Sort by { $column }
details = Details

status-new = new
status-open = open
status-pending = waiting
status-resolved = resolved
status-closed = closed
status-rejected = rejected
status-merged = merged
status-deleted = deleted
status-unknown = unknown

new-title = New ticket for object { $object }
new-forms = In the desk’s own form
new-forms-hint = The form opens in the service desk, with the object filled in.
new-here = Create it here
new-subject = Subject
new-text = Text
new-queue = Queue (as the desk calls it; may be empty)
new-requestor = Requestor (may be empty)
new-priority = Priority (may be empty)
new-submit = Create the ticket
new-made = The ticket was created.
new-was-there = The ticket was there already: an earlier attempt had created it.
new-otherwise = The desk made it otherwise than asked:
new-no-forms = The desk has no form for new tickets.

logbook-title = Logbook
logbook-of = Logbook of object { $object }
logbook-object = Object
logbook-desk = Service desk
logbook-kind = Kind
logbook-since = From
logbook-until = Until (not included)
logbook-undelivered = Only what has not arrived in the CMDB
logbook-any = any
logbook-submit = Show
logbook-none = Nothing is in the logbook that is like that.
logbook-next = Older entries
logbook-when = When
logbook-ticket = Ticket
logbook-what = What happened
logbook-who = Who
logbook-delivery = Delivery
logbook-derived = found by comparing two states of the ticket
logbook-decide = A person has to decide: “sgi logbook resolve --help” tells how.

kind-created = created
kind-replied = reply
kind-commented = internal comment
kind-status = status
kind-owner = owner
kind-queue = queue
kind-priority = priority
kind-subject = subject
kind-resolved = resolved
kind-merged = merged
kind-deleted = deleted
kind-referenced = references the object
kind-unreferenced = no longer references the object
kind-vanished = no longer visible: deleted, merged or moved
kind-other = other change

delivery-waiting = waiting
delivery-sending = being sent
delivery-delivered = delivered
delivery-undecided = undecided
delivery-refused = refused

desks-title = Service desks
desks-none = No service desk is set up yet.
desks-type = Type
desks-url = Address
desks-username = Username
desks-origin = Set up in
desks-origin-file = sgi.toml
desks-origin-store = these settings
desks-served = Served by
desks-state = Connection
desks-logbook = Logbook
desks-inactive = not active
desks-unchecked = not tested yet
desks-fine = in order
desks-warned = in order, with remarks
desks-blocked = does not work
desks-checked = { $product } { $version }, tested { $ago }
desks-test = Test the connection
desks-not-served = no connector
desks-refused = The last change was not taken over; what served the desk before goes on:
desks-following = read { $ago }
desks-first = not read yet
desks-remaining = about { $count } tickets left to read
desks-elsewhere = read by another process
desks-not-followed = not kept

desks-change = Change
settings-new = Set up a service desk
settings-of = Settings of { $desk }
settings-choose = Which system is it?
settings-name = Name
settings-name-hint = Of your choice: letters (a to z), digits, “-”, “_” and “.”. It cannot be changed later.
settings-active = Active
settings-url = URL including the protocol
settings-url-hint = With port and path where it has them: https://rt.example.org/rt
settings-link-url = URL that people open, if it is another
settings-password-kept = Left empty, the password stays as it is; where type or URL change, it is needed again.
settings-options = Options of this system
settings-unchanged = Nothing was changed: the settings have to pass their check first.
settings-force = Save even if the service desk does not answer
settings-save = Check and save
settings-remove = Remove this service desk
settings-remove-what = Its tickets are no longer shown. What the logbook has of it stays.

connectors-title = Connectors
connectors-desks = Serves
connectors-no-desk = no desk
connectors-builtin = built in
connectors-size = { $kib } KiB
connectors-digest = Digest
connectors-file = File
connectors-sealed = It may talk to its own desk through the host, and nothing else.
connectors-approve = Decide on the command line: “sgi connector approve { $id }”.

trust-builtin = part of this program
trust-pinned = pinned by its digest
trust-approved = approved by an administrator
trust-signed = signed with a trusted key
trust-pending = waits for approval
trust-set-aside = set aside
trust-unknown = unknown

problem-title = This did not work
problem-back = Back
problem-desk-title = The service desk { $desk } could not be asked
problem-bad-credentials = The service desk does not accept username and password: correct them in its settings.
problem-forbidden = The desk’s account may not do this: give it the right in the service desk.
problem-unavailable = The service desk cannot be reached at the moment.
problem-rate-limited = The service desk asks to be left alone for a while.
problem-invalid-setting = A setting of the service desk is wrong.
problem-inactive = The service desk is set to not active.
problem-not-admitted = The connector may not run.
problem-connector = The connector failed.
problem-detail = In detail

embed-down = The tickets of { $desk } are not available at the moment.
embed-expired = This view of the tickets has expired: reload the page that it is part of.
embed-wrong = This address shows no tickets: it is not complete, or was changed. Reload the page that it is part of.
embed-failed = The tickets are not available at the moment.
object-page = Page in the CMDB

role-read = may read
role-operate = may create tickets
role-administer = may change settings
