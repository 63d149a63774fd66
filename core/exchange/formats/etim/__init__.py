"""The ETIM classification as files: the exchange format IXF, and the tables of a release as CSV.

Both are whole releases. A release is a system of its own (``ETIM-10.0``): what a file does not have of its system is
archived, and other releases stay as they are. Contains nothing of the classification itself.
"""
