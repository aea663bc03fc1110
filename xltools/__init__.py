"""xltools: the unified-platform toolkit (统保平台工具箱) for export credit insurance schemes."""

__version__ = "0.2.0"
