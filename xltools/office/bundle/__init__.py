"""The one folder for a Windows office (整套文件夹): `make bundle`, or `python -m xltools.office.bundle`."""
