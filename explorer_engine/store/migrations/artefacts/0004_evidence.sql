-- What figures were measured on, and how.
-- The texts that a row of the SHIFT table is of: until now always those of the test.
ALTER TABLE shift_run ADD COLUMN split VARCHAR;
UPDATE shift_run SET split = 'test';

-- Which sweep a faithfulness curve is of: until now the only one, a third of the layers left whole, on other pairs
-- or on the very contexts that a behaviour's circuit was found on.
ALTER TABLE faithfulness ADD COLUMN start_layer INTEGER;
ALTER TABLE faithfulness ADD COLUMN errors VARCHAR;
ALTER TABLE faithfulness ADD COLUMN tested_on VARCHAR;
UPDATE faithfulness SET start_layer = (SELECT n_layers // 3 FROM world), errors = 'circuit', tested_on =
    CASE WHEN circuit IN (SELECT id FROM circuit WHERE kind = 'behaviour') THEN 'same contexts' ELSE 'other pairs' END;
