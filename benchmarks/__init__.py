"""How fast the bulk path is, as ratios taken in one run: `python -m benchmarks.bench`."""
