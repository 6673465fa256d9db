"""Sources: one small file for each collection that images may be taken from."""
