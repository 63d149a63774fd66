"""Reports: what queries over the catalogue and the run history find, as a document in several formats (RE1)."""
