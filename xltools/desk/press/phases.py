"""The phases of the office's year (阶段), for those who show an open workbook: which sheets are shown in each."""

from __future__ import annotations

from xltools.catalogue.phases import after, all_phases, phase_of, remarks

__all__ = ["after", "all_phases", "phase_of", "remarks"]
