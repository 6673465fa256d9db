"""Open-access image data with licence evidence that anyone can re-check."""

__version__ = "0.1.0"
