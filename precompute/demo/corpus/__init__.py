"""The synthetic corpus: short texts with planted behaviours, every character labelled by its role."""
