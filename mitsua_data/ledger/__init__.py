"""The append-only ledger: the one record of everything that was seen, said and decided."""
