"""An engine as other processes use it: over a Unix socket, as the user that the kernel names.

``server`` listens beside the engine and builds a gate for each console, ``client`` is the engine as a console sees it;
both speak of nothing but the methods that the Protocols of :mod:`core.engine.api` declare (``methods``).
"""
