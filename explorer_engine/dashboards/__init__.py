"""What a feature means: where it is active, what it does to the next token, which features are like it.

`activity` collects where the features of a site are active (`running` while documents stream by), `effects`
what they do to the next token directly, `ablations` what is lost without them, `neighbours` which are like
them; `features` tells that feature by feature.
`values` are what comes out, `rows` how the store keeps them; these two cost no torch.
"""
