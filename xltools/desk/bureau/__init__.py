"""The bureau's own tables (市局资料): read, checked, and taken into the ledger."""
