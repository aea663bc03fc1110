"""Worksheet functions (自定义函数) over the rules: arrays in, arrays out, errors as text that begins with 错误：.

Every name that begins with XT_ is a function of Excel. They are pure: they read nothing but their arguments and the
scheme, and write nothing.
"""

from udfs.days import XT_WORKDAYS_AFTER
from udfs.firms import XT_ENTITLED, XT_PLAN, XT_USCC_CHECK
from udfs.money import XT_FISCAL, XT_OWN_SHARE, XT_PREMIUM_RMB, XT_PREMIUM_USD
from udfs.queues import XT_POOL, XT_QUEUE
from udfs.tables import XT_ASSESS
from udfs.words import XT_COUNTRY_GROUP, XT_REASON

__all__ = [
    "XT_ASSESS",
    "XT_COUNTRY_GROUP",
    "XT_ENTITLED",
    "XT_FISCAL",
    "XT_OWN_SHARE",
    "XT_PLAN",
    "XT_POOL",
    "XT_PREMIUM_RMB",
    "XT_PREMIUM_USD",
    "XT_QUEUE",
    "XT_REASON",
    "XT_USCC_CHECK",
    "XT_WORKDAYS_AFTER",
]
