-- The small world as version 5 of the schema had it.
CREATE TABLE schema_version (version INTEGER NOT NULL);
INSERT INTO schema_version VALUES (5);
CREATE TABLE world (
    title VARCHAR NOT NULL,
    summary VARCHAR NOT NULL,
    model VARCHAR NOT NULL,
    family VARCHAR NOT NULL,
    n_layers INTEGER NOT NULL, width INTEGER NOT NULL, n_parameters BIGINT NOT NULL,
    vocabulary INTEGER NOT NULL,
    data VARCHAR NOT NULL,
    n_tokens BIGINT NOT NULL
);
CREATE TABLE provenance (
    artefact VARCHAR NOT NULL,
    command VARCHAR NOT NULL, parameters JSON NOT NULL, seed INTEGER,
    model_hash VARCHAR, dictionaries_hash VARCHAR, data VARCHAR,
    code_version VARCHAR NOT NULL, made_at TIMESTAMP NOT NULL, seconds DOUBLE NOT NULL
);
CREATE TABLE quality (
    area VARCHAR NOT NULL,
    figure VARCHAR NOT NULL,
    value DOUBLE NOT NULL, unit VARCHAR NOT NULL,
    bar_low DOUBLE, bar_high DOUBLE,
    note VARCHAR,
    interval DOUBLE[]
);
CREATE TABLE token (id INTEGER NOT NULL, text VARCHAR NOT NULL);
CREATE TABLE document (id INTEGER NOT NULL, tokens INTEGER[] NOT NULL,
    split VARCHAR NOT NULL
);
CREATE TABLE dictionary (
    site VARCHAR NOT NULL, depth INTEGER NOT NULL,
    kind VARCHAR NOT NULL, n_features INTEGER NOT NULL, width INTEGER NOT NULL,
    variance_explained DOUBLE, l0 DOUBLE, l1 DOUBLE, alive DOUBLE,
    ce_delta DOUBLE, ce_recovered DOUBLE, ce_recovered_mean DOUBLE
);
CREATE TABLE feature (
    site VARCHAR NOT NULL, feature INTEGER NOT NULL,
    density DOUBLE NOT NULL,
    maximum FLOAT NOT NULL,
    histogram INTEGER[] NOT NULL,
    top_tokens INTEGER[] NOT NULL,
    promoted INTEGER[] NOT NULL, promoted_logits FLOAT[] NOT NULL,
    suppressed INTEGER[] NOT NULL, suppressed_logits FLOAT[] NOT NULL
);
CREATE TABLE feature_ablation (
    site VARCHAR NOT NULL, feature INTEGER NOT NULL,
    tokens INTEGER[] NOT NULL, delta FLOAT[] NOT NULL
);
CREATE TABLE feature_context (
    site VARCHAR NOT NULL, feature INTEGER NOT NULL,
    bin INTEGER NOT NULL,
    rank INTEGER NOT NULL,
    document INTEGER NOT NULL, position INTEGER NOT NULL,
    activation FLOAT NOT NULL,
    first INTEGER NOT NULL,
    scale FLOAT NOT NULL,
    shades UTINYINT[] NOT NULL
);
CREATE TABLE feature_neighbour (
    site VARCHAR NOT NULL, feature INTEGER NOT NULL, rank INTEGER NOT NULL,
    other_site VARCHAR NOT NULL, other_feature INTEGER NOT NULL, cosine FLOAT NOT NULL
);
CREATE TABLE clustering (
    id VARCHAR NOT NULL,
    title VARCHAR NOT NULL,
    representation VARCHAR NOT NULL, n_clusters INTEGER NOT NULL, n_samples INTEGER NOT NULL,
    nmi DOUBLE, purity DOUBLE, ari DOUBLE,
    nmi_tokens DOUBLE, purity_tokens DOUBLE, ari_tokens DOUBLE,
    nmi_token_identity DOUBLE, purity_token_identity DOUBLE, ari_token_identity DOUBLE
);
CREATE TABLE behaviour (
    id INTEGER NOT NULL, clustering VARCHAR NOT NULL,
    label VARCHAR, label_source VARCHAR,
    n_contexts INTEGER NOT NULL, mean_loss DOUBLE NOT NULL,
    circuit VARCHAR,
    max_effect DOUBLE, n_nodes INTEGER, n_errors INTEGER,
    relative_max_node DOUBLE, relative_max_edge DOUBLE, relative_softmax DOUBLE
);
CREATE TABLE behaviour_context (
    behaviour INTEGER NOT NULL, rank INTEGER NOT NULL,
    document INTEGER NOT NULL, position INTEGER NOT NULL,
    answer INTEGER NOT NULL, p DOUBLE NOT NULL, truth VARCHAR
);
CREATE TABLE behaviour_similarity (behaviour INTEGER NOT NULL, n INTEGER NOT NULL, matrix FLOAT[] NOT NULL);
CREATE TABLE behaviour_neighbour (behaviour INTEGER NOT NULL, rank INTEGER NOT NULL, other INTEGER NOT NULL, similarity DOUBLE NOT NULL);
CREATE TABLE training_loss (behaviour INTEGER, step INTEGER NOT NULL, loss DOUBLE NOT NULL);
CREATE TABLE circuit (
    id VARCHAR NOT NULL,
    title VARCHAR NOT NULL, kind VARCHAR NOT NULL,
    behaviour INTEGER, task VARCHAR,
    metric VARCHAR NOT NULL, sign VARCHAR NOT NULL,
    method VARCHAR NOT NULL, steps INTEGER, baseline VARCHAR NOT NULL, aggregation VARCHAR NOT NULL,
    node_selection VARCHAR NOT NULL, node_threshold DOUBLE NOT NULL, edge_threshold DOUBLE NOT NULL,
    n_examples INTEGER NOT NULL, tokens VARCHAR[],
    rule VARCHAR, data JSON, provenance JSON,
    example JSON
);
CREATE TABLE circuit_node (
    circuit VARCHAR NOT NULL, id VARCHAR NOT NULL,
    site VARCHAR NOT NULL, feature INTEGER,
    position INTEGER, effect DOUBLE NOT NULL
);
CREATE TABLE circuit_edge (circuit VARCHAR NOT NULL, source VARCHAR NOT NULL, target VARCHAR NOT NULL, weight DOUBLE NOT NULL);
CREATE TABLE faithfulness (
    circuit VARCHAR NOT NULL, unit VARCHAR NOT NULL,
    start_layer INTEGER NOT NULL,
    errors VARCHAR NOT NULL,
    tested_on VARCHAR NOT NULL,
    threshold DOUBLE NOT NULL, n_nodes INTEGER NOT NULL, n_errors INTEGER NOT NULL,
    m_model DOUBLE NOT NULL, m_empty DOUBLE NOT NULL, m_circuit DOUBLE NOT NULL, m_complement DOUBLE NOT NULL,
    faithfulness DOUBLE NOT NULL, completeness DOUBLE NOT NULL
);
CREATE TABLE classifier (
    task VARCHAR NOT NULL,
    title VARCHAR NOT NULL, site VARCHAR NOT NULL,
    label_name VARCHAR NOT NULL,
    classes VARCHAR[] NOT NULL,
    attribute_name VARCHAR NOT NULL,
    attributes VARCHAR[] NOT NULL,
    circuit VARCHAR NOT NULL, probe_weight FLOAT[] NOT NULL, probe_bias DOUBLE NOT NULL, parameters JSON NOT NULL,
    other_probes FLOAT[][]
);
CREATE TABLE classifier_text (
    task VARCHAR NOT NULL, split VARCHAR NOT NULL,
    id INTEGER NOT NULL, tokens INTEGER[] NOT NULL, label INTEGER NOT NULL, attribute INTEGER NOT NULL
);
CREATE TABLE classifier_feature (
    task VARCHAR NOT NULL, rank INTEGER NOT NULL, site VARCHAR NOT NULL, feature INTEGER NOT NULL,
    effect DOUBLE NOT NULL,
    spurious_truth BOOLEAN,
    alone DOUBLE,
    mean DOUBLE,
    readers DOUBLE
);
CREATE TABLE classifier_group (
    task VARCHAR NOT NULL, site VARCHAR NOT NULL, feature INTEGER NOT NULL, label INTEGER NOT NULL, attribute INTEGER NOT NULL,
    mean DOUBLE NOT NULL, stderr DOUBLE NOT NULL, active DOUBLE NOT NULL
);
CREATE TABLE shift_run (
    task VARCHAR NOT NULL, name VARCHAR NOT NULL,
    split VARCHAR NOT NULL,
    rank INTEGER NOT NULL, n_ablated INTEGER,
    needs VARCHAR NOT NULL,
    label DOUBLE NOT NULL, attribute DOUBLE NOT NULL, worst DOUBLE NOT NULL,
    label_ci DOUBLE[] NOT NULL, attribute_ci DOUBLE[] NOT NULL, worst_ci DOUBLE[] NOT NULL,
    groups DOUBLE[] NOT NULL,
    note VARCHAR,
    draws DOUBLE[][]
);

INSERT INTO world VALUES
    ('Small', 'Known by heart.', 'tiny', 'gpt_neox', 1, 8, 99, 10, 'four documents', 24);
INSERT INTO provenance VALUES
    ('circuits', 'make circuits', '{"seed": 0}', 0, NULL, NULL, NULL, '0.1', '2026-01-02 01:00:00', 1.5),
    ('model', 'make model', '{"seed": 0}', 0, NULL, NULL, NULL, '0.1', '2026-01-02 00:00:00', 1.5);
INSERT INTO quality VALUES
    ('dictionaries', 'L0, mean', 12.0, 'features', NULL, 20.0, NULL, NULL),
    ('model', 'agreement', 0.97, 'share', 0.98, NULL, NULL, NULL);
INSERT INTO token VALUES
    (0, '<s>'),
    (1, ' the'),
    (2, ' nurse'),
    (3, ' helps'),
    (4, ' she'),
    (5, ' he'),
    (6, '
'),
    (7, '<b>'),
    (8, ' She'),
    (9, ' sheriff');
INSERT INTO document VALUES
    (0, [0, 1, 2, 3, 4, 6], 'held out'),
    (1, [0, 1, 9, 3, 5, 6], 'held out'),
    (2, [0, 4, 3, 1, 2, 7], 'held out'),
    (3, [0, 8, 3, 1, 9, 6], 'held out');
INSERT INTO dictionary VALUES
    ('attn_0', 1, 'relu', 4, 8, NULL, 2.5, NULL, NULL, NULL, NULL, NULL),
    ('embed', 0, 'relu', 4, 8, NULL, 2.5, NULL, NULL, NULL, NULL, NULL),
    ('resid_0', 2, 'relu', 4, 8, NULL, 2.5, NULL, NULL, NULL, NULL, NULL);
INSERT INTO feature VALUES
    ('attn_0', 0, 0.0, 0.0, [0, 0, 1], [], [4, 8], [1.5, 0.5], [5], [-2.0]),
    ('attn_0', 1, 0.02, 2.0, [1, 0, 1], [5, 4], [4, 8], [1.5, 0.5], [5], [-2.0]),
    ('attn_0', 2, 0.04, 4.0, [2, 0, 1], [6, 4], [4, 8], [1.5, 0.5], [5], [-2.0]),
    ('attn_0', 3, 0.06, 6.0, [3, 0, 1], [7, 4], [4, 8], [1.5, 0.5], [5], [-2.0]),
    ('embed', 0, 0.0, 0.0, [0, 0, 1], [], [4, 8], [1.5, 0.5], [5], [-2.0]),
    ('embed', 1, 0.01, 2.0, [1, 0, 1], [1, 4], [4, 8], [1.5, 0.5], [5], [-2.0]),
    ('embed', 2, 0.02, 4.0, [2, 0, 1], [2, 4], [4, 8], [1.5, 0.5], [5], [-2.0]),
    ('embed', 3, 0.03, 6.0, [3, 0, 1], [3, 4], [4, 8], [1.5, 0.5], [5], [-2.0]),
    ('resid_0', 0, 0.0, 0.0, [0, 0, 1], [], [4, 8], [1.5, 0.5], [5], [-2.0]),
    ('resid_0', 1, 0.03, 2.0, [1, 0, 1], [9, 4], [4, 8], [1.5, 0.5], [5], [-2.0]),
    ('resid_0', 2, 0.06, 4.0, [2, 0, 1], [0, 4], [4, 8], [1.5, 0.5], [5], [-2.0]),
    ('resid_0', 3, 0.09, 6.0, [3, 0, 1], [1, 4], [4, 8], [1.5, 0.5], [5], [-2.0]);
INSERT INTO feature_ablation VALUES
    ('attn_0', 0, [4, 5], [-1.0, 0.25]),
    ('attn_0', 1, [4, 5], [-1.0, 0.25]),
    ('attn_0', 2, [4, 5], [-1.0, 0.25]),
    ('attn_0', 3, [4, 5], [-1.0, 0.25]),
    ('embed', 0, [4, 5], [-1.0, 0.25]),
    ('embed', 1, [4, 5], [-1.0, 0.25]),
    ('embed', 2, [4, 5], [-1.0, 0.25]),
    ('embed', 3, [4, 5], [-1.0, 0.25]),
    ('resid_0', 0, [4, 5], [-1.0, 0.25]),
    ('resid_0', 1, [4, 5], [-1.0, 0.25]),
    ('resid_0', 2, [4, 5], [-1.0, 0.25]),
    ('resid_0', 3, [4, 5], [-1.0, 0.25]);
INSERT INTO feature_context VALUES
    ('resid_0', 3, 0, 0, 0, 4, 6.0, 3, 6.0, [51, 255, 0]),
    ('resid_0', 3, 0, 1, 2, 1, 5.0, 0, 5.0, [51, 255, 0]),
    ('resid_0', 3, 4, 0, 3, 1, 0.5, 0, 0.5, [51, 255, 0]);
INSERT INTO feature_neighbour VALUES
    ('resid_0', 3, 0, 'embed', 1, 0.75),
    ('resid_0', 3, 1, 'resid_0', 0, 0.5);
INSERT INTO clustering VALUES
    ('activations', 'SAE activations', 'acts', 0, 4, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
    ('effects', 'SAE effects', 'effects', 2, 4, 0.9, 0.8, NULL, NULL, NULL, NULL, 0.7, 0.6, NULL);
INSERT INTO behaviour VALUES
    (0, 'effects', 'pronoun after its noun', 'planted truth: share 1.00', 3, 0.1, 'behaviour-0', 0.8, 3, 1, 1.6, NULL, 0.7),
    (1, 'effects', NULL, NULL, 1, 0.05, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO behaviour_context VALUES
    (0, 0, 0, 4, 4, 0.99, 'pronoun'),
    (0, 1, 2, 1, 4, 0.9, 'pronoun'),
    (0, 2, 1, 4, 5, 0.8, 'pronoun'),
    (1, 0, 0, 5, 6, 0.95, NULL);
INSERT INTO behaviour_similarity VALUES
    (0, 2, [1.0, 0.25, 0.25, 1.0]);
INSERT INTO behaviour_neighbour VALUES
    (0, 0, 1, 0.4);
INSERT INTO training_loss VALUES
    (0, 0, 7.0),
    (0, 10, 0.5),
    (NULL, 0, 7.5),
    (NULL, 10, 2.5);
INSERT INTO circuit VALUES
    ('behaviour-0', 'Pronouns', 'behaviour', 0, NULL, 'log-prob', 'positive: without it the answer is less likely', 'ig', 10, 'zero', 'sum', 'averaged', 0.1, 0.01, 3, NULL, NULL, NULL, NULL, NULL),
    ('classifier-job', 'Nurse or not', 'classifier', NULL, 'job', 'log-prob', 'positive: without it the answer is less likely', 'ig', 10, 'zero', 'sum', 'averaged', 0.1, 0.01, 3, ['<s>', ' the'], NULL, NULL, NULL, '{"clean": ["<s>"], "answers": [" she", " he"]}');
INSERT INTO circuit_node VALUES
    ('behaviour-0', 'attn_0/error', 'attn_0', NULL, NULL, 0.3),
    ('behaviour-0', 'embed/1', 'embed', 1, NULL, -0.2),
    ('behaviour-0', 'resid_0/3', 'resid_0', 3, NULL, 0.8),
    ('behaviour-0', 'y', 'y', NULL, NULL, 0.0),
    ('classifier-job', 'embed/1@1', 'embed', 1, 1, 0.5),
    ('classifier-job', 'embed/1@2', 'embed', 1, 2, -0.2);
INSERT INTO circuit_edge VALUES
    ('behaviour-0', 'embed/1', 'resid_0/3', 0.1),
    ('behaviour-0', 'attn_0/error', 'resid_0/3', -0.4),
    ('behaviour-0', 'resid_0/3', 'y', 0.8);
INSERT INTO faithfulness VALUES
    ('behaviour-0', 'features', 0, 'circuit', 'same contexts', 0.1, 3, 0, 4.0, 0.0, 3.0, 1.0, 0.75, 0.25),
    ('behaviour-0', 'neurons', 0, 'circuit', 'same contexts', 0.1, 9, 0, 4.0, 0.0, 3.0, 1.0, 0.1, 0.25);
INSERT INTO classifier VALUES
    ('job', 'Nurse or doctor', 'resid_0', 'Profession', ['doctor', 'nurse'], 'Gender', ['male', 'female'], 'classifier-job', [0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5], -0.5, '{"lr": 0.01}', NULL);
INSERT INTO classifier_text VALUES
    ('job', 'test', 0, [0, 1, 2], 0, 0),
    ('job', 'test', 1, [0, 1, 3], 1, 0),
    ('job', 'test', 2, [0, 1, 4], 0, 1),
    ('job', 'test', 3, [0, 1, 5], 1, 1);
INSERT INTO classifier_feature VALUES
    ('job', 0, 'embed', 1, 0.3, TRUE, 2.0, NULL, NULL),
    ('job', 1, 'resid_0', 3, -0.1, NULL, NULL, NULL, NULL);
INSERT INTO classifier_group VALUES
    ('job', 'embed', 1, 0, 0, 0.0, 0.1, 0.25),
    ('job', 'embed', 1, 0, 1, 1.0, 0.1, 0.25),
    ('job', 'embed', 1, 1, 0, 0.5, 0.1, 0.25),
    ('job', 'embed', 1, 1, 1, 1.5, 0.1, 0.25);
INSERT INTO shift_run VALUES
    ('job', 'oracle', 'test', 1, NULL, 'balanced labels', 0.6, 0.85, 0.2, [0.5, 0.7], [0.8, 0.9], [0.1, 0.3], [0.9, 0.2, 0.3, 0.9], NULL, NULL),
    ('job', 'original', 'test', 0, NULL, 'nothing', 0.6, 0.85, 0.2, [0.5, 0.7], [0.8, 0.9], [0.1, 0.3], [0.9, 0.2, 0.3, 0.9], NULL, NULL);
