"""Documents about a release, each made from the ledger and the release alone: one file per format."""
