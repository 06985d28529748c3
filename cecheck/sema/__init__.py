"""Tree to typed tree: names resolved, types known, layouts computed, all errors told."""
