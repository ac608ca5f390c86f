"""What the model predicts for one reason (§5): filter predictions, represent, cluster, score, rank them.

`filter` says which predictions are worth it, `represent` what each rests on, `similarity` how alike they are,
`cluster` puts them together and `score` compares that with the truth. `members` tells of each cluster what it
holds, `circuit` finds what it rests on, `rank` puts that into numbers to sort by. `values` are what comes
out, `rows` how the store keeps them; these two cost no torch.
"""
