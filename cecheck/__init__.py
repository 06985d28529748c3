"""cecheck proves or refutes pointer protocols of device drivers."""

__version__ = "0.1.0"
