"""Claims about codebooks and the evidence for them."""
