"""Effects of nodes and edges on a metric, for one batch of examples (the paper, §2 and §3.1).

1. Run the clean and the patch prompts, keep every site's value and what each layer was called with (`runs`).
2. Take the metric's gradient by each site's value, in the clean run or averaged on the way from clean to
   patch. Decoding is affine, so moving features and error moves the value itself: nothing is decoded
   (`gradients`).
3. List a site's features that are active in clean or patch, with their change, and the error's (`features`).
4. A node's effect is gradient · change: W_dec·g for a feature, g for the error (`nodes`); or run the model
   once for every node, the yardstick (`exact`).
5. Add batches up to averages; nodes above a threshold are the circuit's (`averages`, `circuits.discovery`).
6. An edge u → w is ∂m/∂w · ∂w/∂u · Δu, the sites between held constant. From w's cotangent one local backward
   pass gives all of its u at once (`edges`, with both its ends in `cotangents`).

Words. Tail: the metric as a function of one site's value; it runs only the layers after that site.
LayerRunner: runs one layer again, with the arguments it was called with. Segment: the layers between two
neighbouring residual sites with dictionaries; inside it paths are direct. Cotangent: a downstream node's
share of the metric's gradient, as a vector at its site. Reader: turns a product at an upstream site into one
weight for each of its nodes. What can be chosen stands in `choices`, what effects are on in `metrics`.
"""
