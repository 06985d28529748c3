"""The explicit-state enumerator: what a specification means, found by running it.

It interprets the typed tree at a scaled-down address width, one run after the other, through
every choice that a caller, the memory or the placement of processes has.  It shares nothing with
`lower`, `encode`, `engines`, `replay` and `certify`: agreement with them means something.

First reading order: `access` (the checks), `choice`, `world`, `machine`, `statements`, `explore`.
"""
