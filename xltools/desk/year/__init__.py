"""The year in force (年度): settlement of what the insurers returned."""
