"""What the noisy code says of the token: information, posterior entropy and MMSE, by integrals and by Monte Carlo."""
