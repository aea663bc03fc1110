"""Pages for a meeting (会商): what the readings are worth, and options side by side."""
