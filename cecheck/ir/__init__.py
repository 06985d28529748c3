"""Expressions, programs, traces and certificates: what all later stages talk about."""
