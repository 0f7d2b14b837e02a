-- The audit trail may be shortened at its old end, up to an instant that is written down first.
CREATE TABLE audit_kept (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    since INTEGER NOT NULL
) STRICT;
INSERT INTO audit_kept VALUES (1, 0);

DROP TRIGGER audit_is_kept;
CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit
WHEN OLD.at >= (SELECT since FROM audit_kept)
BEGIN SELECT raise(ABORT, 'the audit trail is only added to'); END;

PRAGMA user_version = 2;
