"""Repairs of refuted specifications: small edits of their text, shown only if proved."""
