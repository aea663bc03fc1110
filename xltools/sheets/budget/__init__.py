"""The budget model (预算测算表): what the scheme will cost before it opens, as a workbook of live formulas."""
