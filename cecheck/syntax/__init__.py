"""Text to tree: exactly what was written, and every syntax error of a file."""
