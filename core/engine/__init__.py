"""The engine: plans, starts, watches and ends runs. A console or the command line uses it through :mod:`core.engine.api`."""
