"""The program run on plain integers: the second opinion on every refutation."""
