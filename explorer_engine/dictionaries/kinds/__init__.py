"""The kinds of dictionary: one file a kind, known by being in this folder and by its `@register`."""
