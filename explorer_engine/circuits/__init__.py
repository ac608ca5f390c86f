"""Circuits: what one is, how it is found, how faithful it is, and what of it is on screen.

`circuit` is the value; `discovery` finds one (§3.1) of node `effects`. `faithfulness` measures it (§3.2) as a
`curve`: `ablated_values` says what nodes outside it are set to, `variants` runs the model with them, `sweeps`
makes the curves that a stored circuit carries. `excerpt` cuts one for reading; `comparison` holds two side by
side, `templates` aligns their positions; `rows` is how the store keeps them.
"""
