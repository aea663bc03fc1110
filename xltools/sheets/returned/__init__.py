"""Files that go back (退回): the district's own file, marked where something has to be mended."""
