"""What the office keeps and sees, as data (目录): columns, tables, phases, buttons, problem and reason texts. Floor 2."""
