"""LibreOffice as an xlwings engine (LibreOffice 引擎): our macros, unmodified, on an open document."""
