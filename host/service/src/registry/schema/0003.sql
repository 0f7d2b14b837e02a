-- What stood behind a desk's name before, and is looked at for the last time once its successor serves: kept
-- with that change, and removed after the look. A service that is killed in between looks when it starts again.
CREATE TABLE leaving (
    desk TEXT NOT NULL REFERENCES desk (name) ON DELETE CASCADE,
    -- Of the desk with which it was replaced.
    revision INTEGER NOT NULL,
    settings TEXT NOT NULL,
    PRIMARY KEY (desk, revision)
) STRICT, WITHOUT ROWID;

-- As in the table `secret`.
CREATE TABLE leaving_secret (
    desk TEXT NOT NULL,
    revision INTEGER NOT NULL,
    field TEXT NOT NULL,
    key BLOB NOT NULL,
    nonce BLOB NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (desk, revision, field),
    FOREIGN KEY (desk, revision) REFERENCES leaving (desk, revision) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

PRAGMA user_version = 3;
