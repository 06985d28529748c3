"""Findings as data, and how they are told: as text, as JSON, as a page, as an exit status."""
