"""Proofs and refutations: guessed lemmas, Spacer, bounded search, in killable children."""
