"""The district template (区级模板): what districts fill in."""
