"""The demo world: a synthetic corpus with planted behaviours, and everything made from it."""
