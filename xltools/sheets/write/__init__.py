"""Writing (写出): how our sheets look, tables in bulk, CSV, worksheet formulas."""
