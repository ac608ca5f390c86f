"""Finding by words: what of a world holds them, whole words before parts, and why."""
