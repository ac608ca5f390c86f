-- The artefact store of one world: what the offline jobs computed. Written once by publish, then read-only.
-- A feature is (site, feature); a context is a pointer (document, position), never repeated text.
-- Jobs write these tables as Parquet shards (shards.py); publish.py loads them, checks keys and references
-- (schema.py) and adds what pages need besides (derived.sql). Keys are checked there; few are kept as indexes.

-- A change here raises the version below. A store of the version before is migrated by the names of its columns:
-- a new column that may be NULL needs no more; for all else there is migrations/artefacts/NNNN_….sql, NNNN the new
-- version, which brings the tables of the version before to these names and meanings.

CREATE TABLE schema_version (version INTEGER NOT NULL);
INSERT INTO schema_version VALUES (6);

-- one row: what this world is
CREATE TABLE world (
    title VARCHAR NOT NULL,             -- 'Demo world'
    summary VARCHAR NOT NULL,           -- one sentence for the Start page
    model VARCHAR NOT NULL,             -- name or hub id
    family VARCHAR NOT NULL,            -- 'gpt_neox'
    n_layers INTEGER NOT NULL, width INTEGER NOT NULL, n_parameters BIGINT NOT NULL,
    vocabulary INTEGER NOT NULL,
    data VARCHAR NOT NULL,              -- what the documents are, in words
    n_tokens BIGINT NOT NULL            -- tokens behind densities and contexts
);
-- one row an artefact kind: how it was made and how to make it again
CREATE TABLE provenance (
    artefact VARCHAR NOT NULL,       -- 'model', 'dictionaries', 'dashboards', 'behaviours', 'circuits', 'classifier/NAME', …
    command VARCHAR NOT NULL, parameters JSON NOT NULL, seed INTEGER,
    model_hash VARCHAR, dictionaries_hash VARCHAR, data VARCHAR,
    code_version VARCHAR NOT NULL, made_at TIMESTAMP NOT NULL /* UTC */, seconds DOUBLE NOT NULL
);
-- the quality report: each figure against its bar
CREATE TABLE quality (
    area VARCHAR NOT NULL,              -- 'language model', 'dictionaries', 'SHIFT', 'circuits', 'behaviours'
    figure VARCHAR NOT NULL,            -- 'agreement, simple'
    value DOUBLE NOT NULL, unit VARCHAR NOT NULL,
    bar_low DOUBLE, bar_high DOUBLE,    -- passed = within [bar_low, bar_high], a NULL side is open
    note VARCHAR,
    interval DOUBLE[]                   -- [low, high], 95 % over everything that was drawn
);
CREATE TABLE token (id INTEGER NOT NULL, text VARCHAR NOT NULL);   -- text with its leading blank, decoded
CREATE TABLE document (id INTEGER NOT NULL, tokens INTEGER[] NOT NULL,
    split VARCHAR NOT NULL              -- 'held out': kept apart from what the model was trained on; 'train'; 'imported': a context of an imported cluster
);

CREATE TABLE dictionary (
    site VARCHAR NOT NULL, depth INTEGER NOT NULL,     -- depth orders the sites
    kind VARCHAR NOT NULL, n_features INTEGER NOT NULL, width INTEGER NOT NULL,
    variance_explained DOUBLE, l0 DOUBLE, l1 DOUBLE, alive DOUBLE,       -- shares in [0, 1]
    ce_delta DOUBLE, ce_recovered DOUBLE, ce_recovered_mean DOUBLE       -- nats; shares, against the site at zero and at its mean
);
CREATE TABLE feature (
    site VARCHAR NOT NULL, feature INTEGER NOT NULL,
    density DOUBLE NOT NULL,            -- share of tokens on which it is active
    maximum FLOAT NOT NULL,
    histogram INTEGER[] NOT NULL,       -- counts of active tokens in equal bins of (0, maximum]
    top_tokens INTEGER[] NOT NULL,      -- token ids it fires on most (by mean activation over the top contexts)
    promoted INTEGER[] NOT NULL, promoted_logits FLOAT[] NOT NULL,       -- direct effect on logits, strongest first
    suppressed INTEGER[] NOT NULL, suppressed_logits FLOAT[] NOT NULL
);
-- features that were ablated; of the others the page measures it when asked
CREATE TABLE feature_ablation (
    site VARCHAR NOT NULL, feature INTEGER NOT NULL,
    tokens INTEGER[] NOT NULL, delta FLOAT[] NOT NULL    -- change of log p of the next token when ablated on its top contexts, from loss to gain
);
-- features whose contexts were looked through for a pattern of tokens that says where they are active
CREATE TABLE feature_name (
    site VARCHAR NOT NULL, feature INTEGER NOT NULL,
    name VARCHAR,                       -- the pattern in words; NULL: none does well enough
    accuracy DOUBLE NOT NULL,           -- balanced accuracy of telling active from silent places, on contexts that it was not found on
    correlation DOUBLE NOT NULL,        -- there, of predicted with true activation
    n_documents INTEGER NOT NULL        -- that these contexts are of
);
CREATE TABLE feature_context (
    site VARCHAR NOT NULL, feature INTEGER NOT NULL,
    bin INTEGER NOT NULL,               -- 0 = top, 1 = 75–100 %, 2 = 50–75 %, 3 = 25–50 %, 4 = 0–25 % of the activation range's quantiles
    rank INTEGER NOT NULL,              -- within the bin, strongest first
    document INTEGER NOT NULL, position INTEGER NOT NULL,  -- where it is active; in bin 0 the document's peak
    activation FLOAT NOT NULL,          -- at the position
    first INTEGER NOT NULL,             -- document position of shades[1]
    scale FLOAT NOT NULL,               -- largest activation in the window shown
    shades UTINYINT[] NOT NULL          -- the window's activations in 255ths of scale: a quarter of the size of floats
);
CREATE TABLE feature_neighbour (
    site VARCHAR NOT NULL, feature INTEGER NOT NULL, rank INTEGER NOT NULL,
    other_site VARCHAR NOT NULL, other_feature INTEGER NOT NULL, cosine FLOAT NOT NULL   -- decoder cosine
);

CREATE TABLE clustering (
    id VARCHAR NOT NULL,            -- 'effects'
    title VARCHAR NOT NULL,             -- 'SAE effects, summed'
    representation VARCHAR NOT NULL, n_clusters INTEGER NOT NULL, n_samples INTEGER NOT NULL,
    nmi DOUBLE, purity DOUBLE, ari DOUBLE,                -- against planted truth, NULL where none is known
    nmi_tokens DOUBLE, purity_tokens DOUBLE, ari_tokens DOUBLE,  -- as many clusters by the answer and the token before it
    nmi_token_identity DOUBLE, purity_token_identity DOUBLE, ari_token_identity DOUBLE, -- one cluster an answer token
    method VARCHAR,                     -- 'spectral' | 'cosines' | 'neighbours' | 'k-means'
    tried INTEGER[][]                   -- [number of clusters, how many of them hold more than one context], where that chose the number
);
CREATE TABLE behaviour (
    id INTEGER NOT NULL, clustering VARCHAR NOT NULL,
    label VARCHAR, label_source VARCHAR,                  -- 'planted truth: share 0.93'; both NULL = unlabelled
    n_contexts INTEGER NOT NULL, mean_loss DOUBLE NOT NULL,   -- nats at the answer
    circuit VARCHAR,                    -- NULL: no circuit yet
    max_effect DOUBLE, n_nodes INTEGER, n_errors INTEGER,
    relative_max_node DOUBLE, relative_max_edge DOUBLE, relative_softmax DOUBLE   -- feature-circuits.xyz rankings
);
CREATE TABLE behaviour_context (
    behaviour INTEGER NOT NULL, rank INTEGER NOT NULL,    -- most certain first
    document INTEGER NOT NULL, position INTEGER NOT NULL, -- position of the answer token
    answer INTEGER NOT NULL, p DOUBLE NOT NULL, truth VARCHAR  -- planted behaviour, where known
);
CREATE TABLE behaviour_similarity (behaviour INTEGER NOT NULL, n INTEGER NOT NULL, matrix FLOAT[] NOT NULL);  -- n×n, row-major, first n contexts
CREATE TABLE behaviour_neighbour (behaviour INTEGER NOT NULL, rank INTEGER NOT NULL, other INTEGER NOT NULL, similarity DOUBLE NOT NULL);
CREATE TABLE training_loss (behaviour INTEGER, step INTEGER NOT NULL, loss DOUBLE NOT NULL);   -- behaviour NULL = mean over all data; step in optimiser steps

CREATE TABLE circuit (
    id VARCHAR NOT NULL,            -- 'behaviour-17', 'agreement-across-pp', 'classifier-professor-nurse'
    title VARCHAR NOT NULL, kind VARCHAR NOT NULL,        -- 'contrast' (pairs of prompts) | 'behaviour' | 'classifier'
    behaviour INTEGER, task VARCHAR,
    metric VARCHAR NOT NULL, sign VARCHAR NOT NULL,       -- sign: what a positive effect means, in words
    method VARCHAR NOT NULL, steps INTEGER, baseline VARCHAR NOT NULL, aggregation VARCHAR NOT NULL,
    node_selection VARCHAR NOT NULL, node_threshold DOUBLE NOT NULL, edge_threshold DOUBLE NOT NULL,
    n_examples INTEGER NOT NULL, tokens VARCHAR[],        -- tokens of one example, when positions are resolved
    rule VARCHAR, data JSON, provenance JSON,             -- rule of integration; what the examples are; how it was made
    example JSON,                       -- {"clean": [...], "patch": [...], "answers": [...]} shown beside the drawing
    summed_of VARCHAR                   -- of a circuit with positions summed: that of the same effects with positions apart, if any
);
CREATE TABLE circuit_node (
    circuit VARCHAR NOT NULL, id VARCHAR NOT NULL,        -- 'resid_3/12@5', 'resid_3/error', 'y'
    site VARCHAR NOT NULL, feature INTEGER,               -- feature NULL = error node; site 'y' = the output
    position INTEGER, effect DOUBLE NOT NULL            -- every circuit has its node y, with effect 0
);
CREATE TABLE circuit_edge (circuit VARCHAR NOT NULL, source VARCHAR NOT NULL, target VARCHAR NOT NULL, weight DOUBLE NOT NULL);
CREATE TABLE faithfulness (
    circuit VARCHAR NOT NULL, unit VARCHAR NOT NULL,      -- 'features' | 'neurons'
    start_layer INTEGER NOT NULL,       -- layers below are left whole and not counted; -1: none, the embedding is ablated too
    errors VARCHAR NOT NULL,            -- SAE errors: 'circuit', like other nodes | 'remove', always ablated | 'keep' | 'residual-only'
    tested_on VARCHAR NOT NULL,         -- 'other pairs' | 'shifted pairs' | 'held-out contexts' | 'same contexts', …
    threshold DOUBLE NOT NULL, n_nodes INTEGER NOT NULL, n_errors INTEGER NOT NULL,
    m_model DOUBLE NOT NULL, m_empty DOUBLE NOT NULL, m_circuit DOUBLE NOT NULL, m_complement DOUBLE NOT NULL,
    faithfulness DOUBLE NOT NULL, completeness DOUBLE NOT NULL
);

CREATE TABLE classifier (
    task VARCHAR NOT NULL,           -- 'professor-nurse'
    title VARCHAR NOT NULL, site VARCHAR NOT NULL,        -- where the probe reads (mean over tokens)
    label_name VARCHAR NOT NULL,        -- what the label is: 'Toxicity'
    classes VARCHAR[] NOT NULL,         -- [negative, positive]: ['professor', 'nurse']
    attribute_name VARCHAR NOT NULL,    -- what the attribute is that it should not use: 'Dialect'
    attributes VARCHAR[] NOT NULL,      -- its values: ['male', 'female']
    circuit VARCHAR NOT NULL, probe_weight FLOAT[] NOT NULL, probe_bias DOUBLE NOT NULL, parameters JSON NOT NULL,
    other_probes FLOAT[][]              -- weight and bias of probes with other seeds: figures are means over all of them
);
CREATE TABLE classifier_text (
    task VARCHAR NOT NULL, split VARCHAR NOT NULL,        -- 'ambiguous' (train) | 'balanced' (all groups alike: to look at while choosing, to train oracle and skylines) | 'test' (likewise)
    id INTEGER NOT NULL, tokens INTEGER[] NOT NULL, label INTEGER NOT NULL, attribute INTEGER NOT NULL
);
CREATE TABLE classifier_feature (
    task VARCHAR NOT NULL, rank INTEGER NOT NULL, site VARCHAR NOT NULL, feature INTEGER NOT NULL,
    effect DOUBLE NOT NULL,             -- on the probe's logit for the positive class
    spurious_truth BOOLEAN,             -- the ground-truth annotator's answer, NULL where there is none
    alone DOUBLE,                      -- change of accuracy on the label (points, balanced texts) when only this feature is ablated
    mean DOUBLE,                       -- its activation at a token, mean over the ambiguous texts: what mean ablation sets it to
    readers DOUBLE                     -- share of the automatic readers of contexts that call it spurious
);
CREATE TABLE classifier_group (         -- activation of a feature by group of the balanced texts, mean over texts of the mean over tokens
    task VARCHAR NOT NULL, site VARCHAR NOT NULL, feature INTEGER NOT NULL, label INTEGER NOT NULL, attribute INTEGER NOT NULL,
    mean DOUBLE NOT NULL, stderr DOUBLE NOT NULL, active DOUBLE NOT NULL   -- active: share of texts
);
CREATE TABLE shift_run (
    task VARCHAR NOT NULL, name VARCHAR NOT NULL,         -- 'original', 'random', 'cbp', 'words deleted', 'readers', 'embedding features', 'shift', 'neuron skyline', 'oracle', 'attribute probe', …; NAME+retrain
    split VARCHAR NOT NULL,             -- the texts its figures are of: 'test' | 'development', the balanced ones
    rank INTEGER NOT NULL, n_ablated INTEGER,
    needs VARCHAR NOT NULL,             -- 'nothing' | 'words of the label' | 'words of the attribute' | 'labels' | 'balanced labels'
    label DOUBLE NOT NULL, attribute DOUBLE NOT NULL, worst DOUBLE NOT NULL,   -- accuracies, shares in [0, 1]
    label_ci DOUBLE[] NOT NULL, attribute_ci DOUBLE[] NOT NULL, worst_ci DOUBLE[] NOT NULL,  -- [low, high], 95 % bootstrap over texts, probes and what else was drawn
    groups DOUBLE[] NOT NULL,           -- accuracy of (label 0, attr 0), (0, 1), (1, 0), (1, 1)
    note VARCHAR,
    draws DOUBLE[][]                    -- [label, attribute, worst] on each draw of texts; the first is that of classifier_text
);
