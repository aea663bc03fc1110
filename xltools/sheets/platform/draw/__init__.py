"""Drawing the platform workbook (绘制): sheets, tables, checks and colours from the catalogue of tables."""
