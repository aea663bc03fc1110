"""What happened, in a database (台账): an append-only journal beside the current state. Floor 3."""

from xltools.ledger.connect import Ledger, create, open_ledger, reading
from xltools.ledger.errors import Busy, LedgerError
from xltools.ledger.journal import Entry
from xltools.ledger.writer import writing

__all__ = ["Busy", "Entry", "Ledger", "LedgerError", "create", "open_ledger", "reading", "writing"]
