"""What follows from the rules (资格与保费测算): register, standing, explanation, progress, quotation."""
