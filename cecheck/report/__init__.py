"""Findings as data, and how they are told: as text, as JSON, as an exit status."""
