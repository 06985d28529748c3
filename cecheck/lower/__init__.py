"""Typed tree to program: threads of guarded edges, and the checks asked on the way."""
