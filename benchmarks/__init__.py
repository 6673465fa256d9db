"""Benchmarks: ratios between two ways of doing one thing, measured side by side in one run."""
