-- What each row of the SHIFT table knew, instead of whether it needed balanced labels.
-- Version 2 said of rows that go by labels of the attribute on other texts that they needed nothing.

ALTER TABLE shift_run ADD COLUMN needs VARCHAR;
UPDATE shift_run SET needs = CASE
    WHEN needs_balanced_labels THEN 'balanced labels'
    WHEN name IN ('shift', 'shift+retrain', 'embedding features') THEN 'labels'
    WHEN name = 'words deleted' THEN 'words of the attribute'
    WHEN name = 'cbp' THEN 'words of the label'
    ELSE 'nothing' END;
ALTER TABLE shift_run DROP COLUMN needs_balanced_labels;
