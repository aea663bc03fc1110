"""Insurer sheets (报送表): laid out as each insurer loads them, frozen once written, proved when they come back."""
