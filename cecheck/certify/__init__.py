"""The judge of certificates: the second opinion on every proof, by two solvers."""
