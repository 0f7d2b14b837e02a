-- Instants are nanoseconds since 1970 in UTC; what goes beyond the years 1677 to 2262 counts as the
-- first or last of them. Columns are what is searched, ordered or changed; the rest is JSON.

-- "SGIL": tells a logbook from another program's database.
PRAGMA application_id = 1397180748;

-- Fencing tokens: each taking of a lease counts up, and whoever has an older number has lost it.
CREATE TABLE lease (
    work TEXT PRIMARY KEY,
    token INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE desk (
    name TEXT PRIMARY KEY,
    generation INTEGER NOT NULL,
    identity TEXT NOT NULL,
    cursor TEXT,
    start INTEGER,
    synced INTEGER,
    reconciled INTEGER,
    -- Up to then an earlier generation was read to its end.
    earlier INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE ticket (
    desk TEXT NOT NULL REFERENCES desk (name),
    id TEXT NOT NULL,
    derived TEXT,
    seen TEXT NOT NULL,
    PRIMARY KEY (desk, id)
) STRICT;

-- Which objects the kept tickets reference.
CREATE TABLE reference (
    desk TEXT NOT NULL,
    ticket TEXT NOT NULL,
    object TEXT NOT NULL,
    PRIMARY KEY (desk, ticket, object),
    FOREIGN KEY (desk, ticket) REFERENCES ticket (desk, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX reference_object ON reference (desk, object, ticket);

CREATE TABLE entry (
    -- The order of commits; with gaps.
    sequence INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    desk TEXT NOT NULL,
    object TEXT NOT NULL,
    ticket TEXT NOT NULL,
    kind TEXT NOT NULL,
    at INTEGER NOT NULL,
    recorded INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;

-- The sequence is the last column of every index.
CREATE INDEX entry_at ON entry (at);
CREATE INDEX entry_object ON entry (object, at);
CREATE INDEX entry_ticket ON entry (ticket, at);
CREATE INDEX entry_desk ON entry (desk, at);

-- The outbox. An entry without a row here is not to be delivered.
CREATE TABLE delivery (
    sequence INTEGER PRIMARY KEY REFERENCES entry (sequence),
    -- That of the entry: what is told of an object keeps its order.
    object TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting',
    attempts INTEGER NOT NULL DEFAULT 0,
    sent INTEGER,
    -- Null: nothing is left to do. 0, that is 1970: at once.
    due INTEGER DEFAULT 0,
    reason TEXT,
    remote TEXT
) STRICT;

CREATE INDEX delivery_open ON delivery (sequence, due) WHERE due IS NOT NULL;
CREATE INDEX delivery_object ON delivery (object, sequence) WHERE due IS NOT NULL;
CREATE INDEX delivery_undelivered ON delivery (state) WHERE state <> 'delivered';

PRAGMA user_version = 1;
