"""A press (按按钮): by a button of the open workbook, or by double click with the workbook closed."""
