"""Accuracy of the optimal denoiser: closed forms, integrals, bounds and Monte Carlo side by side."""
