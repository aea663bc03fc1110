"""A press without macros (双击办理): by double click, the workbook closed."""
