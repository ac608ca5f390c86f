"""Recipes: everything that decides a world, as a TOML file and as frozen dataclasses.

`recipe` says what a recipe is, `kinds` which there are, `tables` brings TOML into dataclasses and `commented`
brings them back, with every field explained.
"""
