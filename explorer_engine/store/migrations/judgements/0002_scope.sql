-- A feature can be spurious for one circuit and relevant to another: a judgement says which circuit it is about.
ALTER TABLE event ADD COLUMN scope VARCHAR DEFAULT '';   -- circuit id; '' = the target as such
-- The last statement of each person on each thing that was not undone.
CREATE VIEW current AS
SELECT e.* FROM event e
WHERE e.kind <> 'undo' AND NOT EXISTS (SELECT 1 FROM event u WHERE u.undoes = e.id)
QUALIFY row_number() OVER (PARTITION BY annotator, kind, target, scope ORDER BY id DESC) = 1;
