-- Ablation effects in a table of their own: until now every feature was ablated that was ever active.
CREATE TABLE feature_ablation AS
SELECT site, feature, ablated AS tokens, ablated_delta AS delta FROM feature WHERE ablated IS NOT NULL;
ALTER TABLE feature DROP COLUMN ablated;
ALTER TABLE feature DROP COLUMN ablated_delta;
