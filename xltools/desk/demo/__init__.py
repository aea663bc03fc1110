"""The demonstration (演示): the whole main job on an example."""
