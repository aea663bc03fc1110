"""`python -m xltools.cli`."""

from xltools.cli.main import main

main()
