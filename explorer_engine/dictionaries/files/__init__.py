"""Files with named tensors: one module a format. What one holds is checked before memory is taken for it."""
