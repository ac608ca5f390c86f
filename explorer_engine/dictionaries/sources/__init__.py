"""Layouts of dictionaries: one file a layout, known by being in this folder and by its `register_source`."""
