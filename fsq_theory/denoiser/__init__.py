"""The optimal denoiser of a codebook: posteriors, and what can be said of its decisions."""
