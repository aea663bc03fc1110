"""The platform workbook (平台工作簿): its tables as data, how it is drawn, and how one in use is updated."""
