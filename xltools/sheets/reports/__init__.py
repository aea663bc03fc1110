"""How the year went (评估、统计、简报): workbooks and papers for those who answer for it."""
