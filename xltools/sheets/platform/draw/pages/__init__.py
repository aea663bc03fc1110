"""The pages beside the tables (其他页): rates, guide, hidden sheets, and the page of one table."""
