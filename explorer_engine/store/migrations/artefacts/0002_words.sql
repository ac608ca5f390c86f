-- Words for any world instead of those of one: measures of a classifier, kinds of circuits, splits.
-- Version 1 knew one classifier, which tells professions, and one attribute, gender; it said so on the pages.

ALTER TABLE classifier ADD COLUMN label_name VARCHAR;
ALTER TABLE classifier ADD COLUMN attribute_name VARCHAR;
UPDATE classifier SET label_name = 'Profession',
    attribute_name = CASE list_sort(attributes) WHEN ['female', 'male'] THEN 'Gender' ELSE 'Attribute' END;

ALTER TABLE shift_run RENAME COLUMN profession TO label;
ALTER TABLE shift_run RENAME COLUMN profession_ci TO label_ci;

UPDATE circuit SET kind = 'contrast' WHERE kind = 'agreement';

-- what wrote version 1 said 'train' of documents that it had kept apart from training
UPDATE document SET split = 'held out' WHERE split = 'train';
