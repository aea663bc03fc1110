"""Batches (报送): what goes to the insurers, and the proof of what went."""
