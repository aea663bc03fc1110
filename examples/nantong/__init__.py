"""Parts of `make_nantong.py`: the fictitious firms of the example and the files they appear in."""
