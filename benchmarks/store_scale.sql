-- The rows of a store of any size, one view a table: from hashes, so the same every time and in no order.
-- Variables: n_features (a dictionary), n_circuits, n_documents, vocabulary.

CREATE MACRO pick(seed, n) AS (hash(seed) % n)::INTEGER;
-- A token as frequent as words are: the r-th commonest with probability ~ 1/r.
CREATE MACRO token(seed) AS pow(getvariable('vocabulary'), pick(seed, 1000003) / 1000003.0)::INTEGER - 1;
CREATE MACRO tokens(seed, n) AS list_transform(range(n), lambda i: token(seed || '.' || i));

CREATE TABLE site AS
SELECT site, row_number() OVER () - 1 AS depth FROM (
    SELECT 'embed' AS site UNION ALL
    SELECT unnest(['attn_', 'mlp_', 'resid_']) || i FROM range(6) r(i)
);
CREATE VIEW every_feature AS
SELECT site, depth, feature::INTEGER AS feature FROM site, range(getvariable('n_features')) r(feature);

CREATE VIEW world AS
SELECT 'Scale' AS title, 'Synthetic' AS summary, 'none' AS model, 'gpt_neox' AS family, 6 AS n_layers, 512 AS width,
       70000000 AS n_parameters, getvariable('vocabulary') AS vocabulary, 'hashes' AS data,
       getvariable('n_documents') * 128 AS n_tokens;
CREATE VIEW token AS
SELECT i AS id, CASE WHEN i % 2 = 0 THEN ' ' ELSE '' END || left(md5(i::VARCHAR), 2 + (i % 6)::INTEGER) AS text
FROM range(getvariable('vocabulary')) r(i);
CREATE VIEW document AS
SELECT d AS id, tokens('d' || d, 128) AS tokens, 'test' AS split FROM range(getvariable('n_documents')) r(d);
CREATE VIEW dictionary AS
SELECT site, depth, 'relu' AS kind, getvariable('n_features') AS n_features, 512 AS width FROM site;

CREATE VIEW feature AS
SELECT site, feature, pick(site || feature, 100000) / 1e6 AS density, 1 + pick(feature || site, 100) / 7 AS maximum,
       range(40) AS histogram, tokens('t' || site || feature, 10) AS top_tokens,
       tokens('p' || site || feature, 10) AS promoted, list_transform(range(10), lambda i: 2 - i / 10) AS promoted_logits,
       tokens('s' || site || feature, 10) AS suppressed, list_transform(range(10), lambda i: i / 10 - 2) AS suppressed_logits
FROM every_feature;
-- two of three features have a pattern, as long as they are in truth
CREATE MACRO word(seed) AS left(md5(token(seed)::VARCHAR), 5);
CREATE VIEW feature_name AS
SELECT site, feature,
       CASE WHEN pick('w' || site || feature, 3) > 0
            THEN word('n' || site || feature) || ' after “' || word('m' || site || feature) || '”, “' || word('l' || site || feature)
                 || '” · promotes ' || word('k' || site || feature) END AS name,
       0.8 AS accuracy, 0.6 AS correlation, 10 AS n_documents
FROM every_feature;
CREATE VIEW feature_context AS
SELECT site, feature, c // 4 AS bin, c % 4 AS rank, pick(site || feature || '.' || c, getvariable('n_documents')) AS document,
       60 AS position, 5.0 AS activation, 45 AS first, 5.0 AS scale,
       list_transform(range(24), lambda i: greatest(0, pick(feature || '.' || c || '.' || i, 512) - 256)) AS shades
FROM every_feature, range(20) r(c);
CREATE VIEW feature_neighbour AS
SELECT site, feature, k AS rank, site AS other_site, (feature + k + 1) % getvariable('n_features') AS other_feature,
       0.9 - k / 20 AS cosine
FROM every_feature, range(8) r(k);

CREATE VIEW clustering AS
SELECT 'effects' AS id, 'Effects' AS title, 'effects' AS representation, getvariable('n_circuits') AS n_clusters,
       100000 AS n_samples;
CREATE VIEW behaviour AS
SELECT b AS id, 'effects' AS clustering, 'behaviour ' || left(md5(b::VARCHAR), 6) AS label, 60 AS n_contexts,
       pick('l' || b, 1000) / 1e4 AS mean_loss, 'behaviour-' || b AS circuit, pick('e' || b, 1000) / 100 AS max_effect,
       300 AS n_nodes, 30 AS n_errors, pick('n' || b, 100) AS relative_max_node, pick('m' || b, 100) AS relative_max_edge,
       pick('s' || b, 100) / 100 AS relative_softmax
FROM range(getvariable('n_circuits')) r(b);
CREATE VIEW behaviour_context AS
WITH place AS (
    SELECT b, s, pick(b || '.' || s, getvariable('n_documents')) AS document, 64 + pick(s || '.' || b, 60) AS position
    FROM range(getvariable('n_circuits')) r(b), range(60) t(s)
)
SELECT b AS behaviour, s AS rank, document, position, token('d' || document || '.' || position) AS answer, 0.99 AS p FROM place;
CREATE VIEW behaviour_similarity AS
SELECT b AS behaviour, 32 AS n, list_transform(range(1024), lambda i: pick(b || '.' || i, 100) / 100) AS matrix
FROM range(getvariable('n_circuits')) r(b);
CREATE VIEW behaviour_neighbour AS
SELECT b AS behaviour, k AS rank, (b + k + 1) % getvariable('n_circuits') AS other, 0.9 - k / 20 AS similarity
FROM range(getvariable('n_circuits')) r(b), range(8) t(k);
CREATE VIEW training_loss AS
SELECT b AS behaviour, s * 1000 AS step, 10 / (1 + s) AS loss FROM range(getvariable('n_circuits')) r(b), range(24) t(s)
UNION ALL SELECT NULL, s * 1000, 3 FROM range(24) t(s);

CREATE VIEW circuit AS
SELECT 'behaviour-' || b AS id, 'Circuit ' || left(md5(b::VARCHAR), 6) AS title, 'behaviour' AS kind, b AS behaviour,
       'log-prob' AS metric, 'positive' AS sign, 'ig' AS method, 10 AS steps, 'zero' AS baseline, 'sum' AS aggregation,
       'averaged' AS node_selection, 0.1 AS node_threshold, 0.01 AS edge_threshold, 60 AS n_examples
FROM range(getvariable('n_circuits')) r(b);
-- 300 nodes a circuit, spread over the sites; no two alike, for each has a residue of its own within its site
CREATE VIEW node AS
SELECT b, n, site, (pick(b || '.' || n, getvariable('n_features') // 16) * 16 + n // 19)::INTEGER AS feature
FROM range(getvariable('n_circuits')) r(b), range(300) t(n) JOIN site ON depth = n % 19;
CREATE VIEW circuit_node AS
SELECT 'behaviour-' || b AS circuit, site || '/' || feature AS id, site, feature,
       pick(n || '.' || b, 2000) / 1000.0 - 1 AS effect FROM node
UNION ALL SELECT 'behaviour-' || b, 'y', 'y', NULL, 0 FROM range(getvariable('n_circuits')) r(b);
CREATE VIEW circuit_edge AS
WITH edge AS (
    SELECT b, e % 300 AS u, (e % 300 + 1 + e // 300) % 300 AS v, e
    FROM range(getvariable('n_circuits')) r(b), range(2000) t(e)
)
SELECT 'behaviour-' || e.b AS circuit, s.site || '/' || s.feature AS source, t.site || '/' || t.feature AS target,
       pick(e.e || '.' || e.b, 2000) / 1000.0 - 1 AS weight
FROM edge e JOIN node s ON s.b = e.b AND s.n = e.u JOIN node t ON t.b = e.b AND t.n = e.v;
CREATE VIEW faithfulness AS
SELECT 'behaviour-' || b AS circuit, unit, -1 AS start_layer, 'circuit' AS errors, 'held-out contexts' AS tested_on, pow(10, -t / 4) AS threshold, 300 - 20 * t AS n_nodes, 0 AS n_errors, 4.0 AS m_model,
       0.0 AS m_empty, 2.0 AS m_circuit, 2.0 AS m_complement, 0.5 AS faithfulness, 0.5 AS completeness
FROM range(getvariable('n_circuits')) r(b), range(15) t(t), (VALUES ('features'), ('neurons')) v(unit);
