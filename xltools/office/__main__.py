"""What the macro of the buttons starts in Excel: `python -I -B -m xltools.office collect --wb=… --from_xl=1 --hwnd=…`.

xlwings finds the calling workbook by what follows the verb.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence

VERB = re.compile("[a-z_]{1,40}")


def main(given: Sequence[str]) -> int:
    """Press the button of that verb; 0 done (状态栏 says what happened), 2 where it is no verb."""
    verb = given[0] if given else ""
    if not VERB.fullmatch(verb):
        print("用法：python -I -m xltools.office 动作（平台工作簿的按钮这样调用）", file=sys.stderr)
        return 2
    from xltools.office import entry

    entry.run(verb)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
