"""Specifications on the workers of a cluster, by Dask: texts go out, claims come back."""
