"""Kinds of text source: one file a kind, known by being in this folder and by its `register_kind`."""
