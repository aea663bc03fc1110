"""What the office can be asked to do (动词): one module a verb, found by `xltools.desk.verb`."""
