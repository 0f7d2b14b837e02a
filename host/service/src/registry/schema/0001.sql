-- Instants are milliseconds since 1970 in UTC. Names compare byte by byte.

-- "SGIS": tells it from another program's database.
PRAGMA application_id = 1397180755;

-- One row. Each change of a desk counts up, so that no revision comes twice, not even under a name that
-- was removed and made again.
CREATE TABLE state (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    revision INTEGER NOT NULL
) STRICT;
INSERT INTO state VALUES (1, 0);

CREATE TABLE desk (
    name TEXT PRIMARY KEY,
    revision INTEGER NOT NULL,
    -- Its table as JSON, without secrets.
    settings TEXT NOT NULL,
    changed INTEGER NOT NULL,
    changed_by TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- XChaCha20-Poly1305, bound to the desk, the field, and where the desk sends it.
CREATE TABLE secret (
    desk TEXT NOT NULL REFERENCES desk (name) ON DELETE CASCADE,
    field TEXT NOT NULL,
    -- Which key: not the key.
    key BLOB NOT NULL,
    nonce BLOB NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (desk, field)
) STRICT, WITHOUT ROWID;

CREATE TABLE token (
    name TEXT PRIMARY KEY,
    -- A token has full entropy: a plain hash does.
    hash BLOB NOT NULL UNIQUE,
    role TEXT NOT NULL,
    created INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    expires INTEGER,
    used INTEGER
) STRICT;

CREATE TABLE account (
    name TEXT PRIMARY KEY,
    -- Argon2id, with its parameters and salt.
    hash TEXT NOT NULL,
    role TEXT NOT NULL,
    created INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    -- When its password was set.
    changed INTEGER NOT NULL
) STRICT;

CREATE TABLE audit (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    who TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    -- What changed, as JSON.
    detail TEXT NOT NULL,
    -- Null: it was done.
    failure TEXT
) STRICT;

CREATE TRIGGER audit_stays BEFORE UPDATE ON audit
BEGIN SELECT raise(ABORT, 'the audit trail is only added to'); END;
CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit
BEGIN SELECT raise(ABORT, 'the audit trail is only added to'); END;

PRAGMA user_version = 1;
