"""What stops the making of the folder (做不成的原因): one sentence, what, where, what to do."""


class BundleRefused(Exception):
    """The folder was not made, or not wholly; the text is for people."""
