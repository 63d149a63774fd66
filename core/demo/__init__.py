"""The demonstration: a small real workspace, with the servers that its tasks talk to."""
