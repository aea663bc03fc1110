"""What the workbook's tables hold (内容), made from the ledger."""
