"""One knowledge of workbook packages (OOXML, OLE): members, relationships, zip."""
