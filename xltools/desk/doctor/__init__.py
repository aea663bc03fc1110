"""The self-check (自检): one thing looked at in each module, and the page that says what was found."""
