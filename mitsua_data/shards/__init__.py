"""Releases: signed, proven sets of shards. How they are written, read, checked, and withdrawn from."""
