"""A world: on disk, and in use.

`manifest` and `world` check and open its folder; `loaded` holds its model and dictionaries, loaded once;
`session` makes a SHIFT session of a stored task, `sentence` reads a text, `ablation` takes a feature out.
"""
