"""Pictures: told by content, decoded in a process of their own, turned into samples by a recorded transform."""
