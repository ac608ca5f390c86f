"""The recipe of any world: a model, its dictionaries, and text."""
