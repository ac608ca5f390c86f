"""Resumable work in parallel: stages, what is known of their units, and who does them."""
