"""Expressions and blocks of a program as Z3 terms."""
