"""Taking back (取回) what staff typed into the platform workbook, table by table."""
