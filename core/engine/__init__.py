"""The engine: plans, starts, watches and ends runs. Consoles and the command line use it through its ``api``."""
