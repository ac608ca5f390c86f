"""The SHIFT table as one file: a world's with a row for the judgements, or that of a task of one's own."""
