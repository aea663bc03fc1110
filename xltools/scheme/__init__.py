"""The rules, as data (平台方案). Floor 1: imports nothing of ours."""

from xltools.scheme.load import SchemeError, load, parse, shipped, source
from xltools.scheme.model import Scheme

__all__ = ["Scheme", "SchemeError", "load", "parse", "shipped", "source"]
