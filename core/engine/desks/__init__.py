"""The desks of the gate: what can be asked of an engine beyond its present state, by subject."""
