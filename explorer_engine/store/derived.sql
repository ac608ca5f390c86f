-- What publish computes from the jobs' tables so that every page query stays short. No job writes these.

-- features in circuits, summed over positions
CREATE TABLE feature_circuit AS
SELECT site, feature, circuit, sum(effect) AS effect
FROM circuit_node WHERE feature IS NOT NULL
GROUP BY site, feature, circuit ORDER BY site, feature, circuit;

-- the list of features; number counts them through all dictionaries, shallowest first
CREATE TABLE feature_row AS
WITH start AS (
    SELECT site, depth, coalesce(sum(n_features) OVER (ORDER BY depth ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS first
    FROM dictionary
), uses AS (
    SELECT site, feature, count(*) AS n FROM feature_circuit GROUP BY site, feature
)
SELECT (s.first + f.feature)::INTEGER AS number, f.site, regexp_extract(f.site, '^[a-z]+') AS kind,
       CASE f.site WHEN 'embed' THEN -1 ELSE regexp_extract(f.site, '\d+$')::INTEGER END AS layer,
       f.feature, f.density, f.maximum, f.top_tokens[:5] AS top_tokens, coalesce(u.n, 0)::INTEGER AS n_circuits,
       p.name AS pattern
FROM feature f JOIN start s ON s.site = f.site
LEFT JOIN feature_name p ON p.site = f.site AND p.feature = f.feature
LEFT JOIN uses u ON u.site = f.site AND u.feature = f.feature
ORDER BY number;

-- inverted index of the features' top tokens; one row a token, so that a search reads few rows
CREATE TABLE feature_token AS
SELECT token, list(DISTINCT number ORDER BY number) AS numbers
FROM (SELECT unnest(f.top_tokens) AS token, r.number
      FROM feature f JOIN feature_row r ON r.site = f.site AND r.feature = f.feature)
GROUP BY token ORDER BY token;

-- the list of circuits
CREATE TABLE circuit_row AS
WITH nodes AS (
    SELECT circuit, count(*) FILTER (site <> 'y') AS n, count(*) FILTER (site <> 'y' AND feature IS NULL) AS errors,
           max(abs(effect)) FILTER (site <> 'y') AS strongest
    FROM circuit_node GROUP BY circuit
), edges AS (SELECT circuit, count(*) AS n FROM circuit_edge GROUP BY circuit)
SELECT c.*, coalesce(n.n, 0)::INTEGER AS n_nodes, coalesce(n.errors, 0)::INTEGER AS n_errors,
       coalesce(e.n, 0)::INTEGER AS n_edges, n.strongest AS max_effect
FROM circuit c LEFT JOIN nodes n ON n.circuit = c.id LEFT JOIN edges e ON e.circuit = c.id
ORDER BY c.id;

-- the list of behaviours: commonest answers, figures to sort by and the loss curve in the row
CREATE TABLE behaviour_row AS
WITH counts AS (
    SELECT behaviour, answer, count(*) AS n, count(*) / sum(count(*)) OVER (PARTITION BY behaviour) AS share
    FROM behaviour_context GROUP BY behaviour, answer
), answers AS (
    SELECT behaviour, list(answer ORDER BY n DESC, answer)[:8] AS answers,
           list(share ORDER BY n DESC, answer)[:8] AS answer_shares
    FROM counts GROUP BY behaviour
), curves AS (
    SELECT behaviour, list(step ORDER BY step) AS steps, list(loss ORDER BY step) AS losses
    FROM training_loss WHERE behaviour IS NOT NULL GROUP BY behaviour
), effects AS (
    SELECT circuit, coalesce(sum(abs(effect)) FILTER (feature IS NULL), 0) / nullif(sum(abs(effect)), 0) AS error_share
    FROM circuit_node WHERE site <> 'y' GROUP BY circuit
), measured AS (    -- at the circuit's own node threshold, by the first of its sweeps that has it
    SELECT f.circuit, CASE WHEN isfinite(f.faithfulness) THEN f.faithfulness END AS faithfulness
    FROM faithfulness f JOIN circuit c ON c.id = f.circuit
    WHERE f.unit = 'features' AND abs(f.threshold - c.node_threshold) <= 1e-6 * c.node_threshold
    QUALIFY row_number() OVER (PARTITION BY f.circuit ORDER BY f.tested_on, f.errors, f.start_layer) = 1
), alike AS (       -- mean over pairs: without the diagonal, which is 1
    SELECT behaviour, (list_sum(matrix::DOUBLE[]) - n) / nullif(n * (n - 1), 0) AS cohesion
    FROM behaviour_similarity
)
SELECT b.*, a.answers, a.answer_shares, a.answer_shares[1] AS answer_purity,
       e.error_share, m.faithfulness, s.cohesion, c.steps, c.losses
FROM behaviour b LEFT JOIN answers a ON a.behaviour = b.id LEFT JOIN curves c ON c.behaviour = b.id
LEFT JOIN effects e ON e.circuit = b.circuit LEFT JOIN measured m ON m.circuit = b.circuit
LEFT JOIN alike s ON s.behaviour = b.id
ORDER BY b.id;

-- inverted index of contexts: the answer and the 48 tokens before it
CREATE TABLE behaviour_token AS
SELECT token, list(DISTINCT behaviour ORDER BY behaviour) AS behaviours
FROM (SELECT unnest(d.tokens[greatest(c.position - 47, 1) : c.position + 1]) AS token, c.behaviour
      FROM behaviour_context c JOIN document d ON d.id = c.document)
GROUP BY token ORDER BY token;

-- What is looked up one by one out of a table that is read in blocks of 2,048 rows: a hundredth of the store's size.
CREATE UNIQUE INDEX feature_row_number ON feature_row (number);
CREATE UNIQUE INDEX feature_token_token ON feature_token (token);
CREATE UNIQUE INDEX behaviour_token_token ON behaviour_token (token);
CREATE UNIQUE INDEX behaviour_similarity_behaviour ON behaviour_similarity (behaviour);
