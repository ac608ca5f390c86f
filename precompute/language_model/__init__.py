"""A small language model trained from nothing: its options, its families, its training."""
