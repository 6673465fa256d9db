"""What the demonstration brings with it: a museum of its own, for machines that reach no other."""
