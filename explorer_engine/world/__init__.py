"""A world in use: its model and dictionaries loaded once, classifiers to clean, sentences to read.

`loaded` holds what is loaded; `session` makes a SHIFT session of a stored task, `sentence` reads a text.
"""
