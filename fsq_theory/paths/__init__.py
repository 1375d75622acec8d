"""Path measures: bridges, the path KL between tokens with its other divergences, and its simulation by Girsanov."""
