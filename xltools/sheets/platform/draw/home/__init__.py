"""The start page (首页): pools, counts, charts, buttons and alarms."""
