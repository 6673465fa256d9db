"""Training from scratch on audited releases, and on nothing else."""
