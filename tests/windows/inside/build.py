"""build.py TEMPLATE BUDGET: the committed workbooks built anew."""

import sys
from collections.abc import Sequence
from pathlib import Path

from xltools.desk.book import workbook as book
from xltools.desk.book.workbooks import draw_budget_model, draw_template


def main(paths: Sequence[Path]) -> None:
    template, budget = paths
    draw_template(template, book.macros("excel"))
    draw_budget_model(budget)


if __name__ == "__main__":
    main([Path(p) for p in sys.argv[1:]])
