"""An office has no pandas, so what tests start has none either; pyarrow would load it at the first array."""

raise ImportError("no pandas, as in an office")
