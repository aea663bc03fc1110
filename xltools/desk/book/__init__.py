"""The platform workbook (平台工作簿) seen from the ledger: what its tables hold, drawing it, bringing it up to date."""
