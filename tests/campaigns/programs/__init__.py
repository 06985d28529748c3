"""Random programs that are written along with what they do, so that each knows its own answer.

Nothing of cecheck takes part in that: neither parser nor types, unlike where the enumerator of
`tests/oracle` judges.  They are about what a platform has no say in: numbers, variables, functions,
jumps, exceptions, memory of the driver's own.
"""
