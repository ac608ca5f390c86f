-- What programs wrote about features, by the hundred thousand: apart from people's statements, which every page reads.
CREATE TABLE explanation (
    time TIMESTAMP NOT NULL,            -- UTC, of the import
    source VARCHAR NOT NULL,            -- 'imported: neuronpedia, gpt-4o-mini'
    target VARCHAR NOT NULL,            -- 'resid_2/31'
    text VARCHAR NOT NULL,
    original VARCHAR NOT NULL           -- the JSON object as it came
);
CREATE INDEX explanation_target ON explanation (target);
