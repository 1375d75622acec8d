"""One style for every figure."""
