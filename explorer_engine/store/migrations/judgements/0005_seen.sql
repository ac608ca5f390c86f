-- What could be seen when a judgement was made, and how long it took; NULL where nobody recorded it, as of all before.
ALTER TABLE event ADD COLUMN seen VARCHAR;       -- parts of the page, 'contexts,tokens,votes'; those not listed were hidden
ALTER TABLE event ADD COLUMN seconds DOUBLE;     -- from the feature's coming on screen to the judgement
CREATE OR REPLACE VIEW standing AS
SELECT e.* FROM event e
WHERE e.kind <> 'undo' AND NOT EXISTS (
    SELECT 1 FROM event u WHERE u.undoes = e.id
    AND (u.kind <> 'hide' OR NOT EXISTS (SELECT 1 FROM event b WHERE b.undoes = u.id))
);
CREATE OR REPLACE VIEW current AS
SELECT * FROM standing WHERE kind NOT IN ('hide', 'close')
QUALIFY row_number() OVER (PARTITION BY annotator, kind, target, scope ORDER BY id DESC) = 1;
