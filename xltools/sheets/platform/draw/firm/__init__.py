"""The page of one firm (企业查询): search, story and figures by live formulas."""
