"""The report: a declared comparison, its measurements, its figures and one self-contained page."""
