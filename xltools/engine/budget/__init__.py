"""The budget (预算) by rule: estimates, size classes, what-if grids and checks of the scheme's own figures, exact."""
