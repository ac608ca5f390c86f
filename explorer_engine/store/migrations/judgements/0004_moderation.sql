-- From here on a log lies beside the store; an organiser can hide a statement (kind 'hide', `undoes` names it) and
-- close a name (kind 'close', target = the name). Neither removes a row; an undo of either takes it back.
CREATE VIEW standing AS
SELECT e.* FROM event e
WHERE e.kind <> 'undo' AND NOT EXISTS (
    SELECT 1 FROM event u WHERE u.undoes = e.id
    AND (u.kind <> 'hide' OR NOT EXISTS (SELECT 1 FROM event b WHERE b.undoes = u.id))
);
CREATE OR REPLACE VIEW current AS
SELECT * FROM standing WHERE kind NOT IN ('hide', 'close')
QUALIFY row_number() OVER (PARTITION BY annotator, kind, target, scope ORDER BY id DESC) = 1;
-- Files of the same features under an older key, whose statements were added to this one.
CREATE TABLE adopted (file VARCHAR NOT NULL, stamp VARCHAR NOT NULL);
