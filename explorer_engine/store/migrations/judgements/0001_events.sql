-- What people said, one row a statement; rows are only ever added.
CREATE TABLE schema_version (version INTEGER NOT NULL);
CREATE SEQUENCE event_id;
CREATE TABLE event (
    id BIGINT PRIMARY KEY DEFAULT nextval('event_id'),
    time TIMESTAMP NOT NULL,            -- UTC
    annotator VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,              -- 'judgement' | 'label' | 'note' | 'interpretability' | 'complexity' | 'undo'
    target VARCHAR NOT NULL,            -- 'resid_2/31', 'behaviour-17'
    value VARCHAR,                      -- the judgement, the text, the rating 0–100; NULL takes the statement back
    undoes BIGINT                       -- kind 'undo': the event that no longer counts
);
