"""A workbook in use brought up to date (拼接): only our own tables' parts are written anew."""
