-- The texts that a row's figures are of: until now always those of the test.
ALTER TABLE shift_run ADD COLUMN split VARCHAR;
UPDATE shift_run SET split = 'test';
