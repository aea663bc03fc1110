"""Whom the office has not reached yet (动员)."""
