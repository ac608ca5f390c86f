"""Judging features one by one: in which order they come, and how far people agree."""
