"""The budget (预算): what the scheme will cost before it opens, from scenario to tables."""
