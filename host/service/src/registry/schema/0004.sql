-- Who has logged in with a browser.
CREATE TABLE session (
    -- What the browser shows has full entropy: a plain hash does.
    hash BLOB PRIMARY KEY,
    account TEXT NOT NULL REFERENCES account (name) ON DELETE CASCADE,
    -- When the account's password was set: another one ends the session.
    changed INTEGER NOT NULL,
    opened INTEGER NOT NULL,
    used INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

PRAGMA user_version = 4;
