"""What arrived (来件): what kind of file it is, whether it may be opened, and what stands in it."""
