"""The commands of `python -m precompute`, one file each."""
