"""Samplers with N steps: what their grids cost, which grids are best, and which tokens come out of them."""
