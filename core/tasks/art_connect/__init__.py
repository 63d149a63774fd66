"""The tasks of Art-Connect (DP4)."""
