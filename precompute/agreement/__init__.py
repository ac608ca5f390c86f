"""Contrastive pairs of subject–verb agreement, in four structures, for any tokenizer."""
