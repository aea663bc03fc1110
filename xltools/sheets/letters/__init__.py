"""Papers for other offices (公文表格): printed, signed and stamped."""
