"""`python -m xltools`."""

from xltools.cli.main import main

main()
