"""A classifier with features removed, to take away: one zip file or folder, what it says, how it is loaded.

`packing` makes it of a session, `loading` runs it with this library, and `classifier` is the file inside it
that runs it without. `form` says what stands where.
"""
