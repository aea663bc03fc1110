"""Make the example of Nantong 2019 (南通示例): `python examples/make_nantong.py [FOLDER]`.

Everything is drawn from one fixed seed, so that every run gives the same files. Firms, people, codes and figures
are fictitious; totals and counts are those that the scheme itself plans with.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from random import Random

from nantong import bureau, firms, money, offices, readme, story
from nantong.cast import Cast

from xltools.scheme import Scheme, load

SEED = 2019
HERE = Path(__file__).resolve().parent / "nantong-2019"
INBOX, AGAIN, BUREAU = "收件", "补正", "市局资料"


@dataclass(frozen=True)
class Example:
    """Who is in it: the applicants with their parts, the firms that do not apply, the two that tie."""

    scheme: Scheme
    cast: Cast
    others: list[firms.Firm]
    confirmed: set[str]
    lists: list[dict[str, object]]
    tied: tuple[firms.Firm, firms.Firm]


def example() -> Example:
    """Everything about the example, before a file is written."""
    scheme, rng = load("nantong-2019"), Random(SEED)
    cast = Cast(firms.population(rng))
    others = firms.bystanders(rng, 60)
    story.tell(cast, rng)
    listed, confirmed = bureau.lists(cast, others)
    money.choose(scheme, cast.firms, rng)
    tied = money.tie(scheme, cast.firms, confirmed, money.PICC)
    return Example(scheme, cast, others, confirmed, listed, tied)


def make(folder: Path) -> Example:
    """Write the example into a folder; files of the same name are replaced."""
    made = example()
    for name in (INBOX, AGAIN, BUREAU):
        (folder / name).mkdir(parents=True, exist_ok=True)
    offices.write_offices(folder / INBOX, folder / AGAIN, made.scheme, made.cast)
    desk = folder / BUREAU
    bureau.write_customs(desk / bureau.CUSTOMS, made.cast, made.others)
    bureau.write_inforce(desk, made.cast, made.others)
    bureau.write_lists(desk / bureau.LISTS, made.lists)
    bureau.write_fx(desk / bureau.FX)
    bureau.write_fund(desk / bureau.FUND)
    bureau.write_reviews(desk, made.scheme, made.cast, made.tied)
    readme.write(folder / "README.md", made.scheme, made.cast, made.tied)
    return made


if __name__ == "__main__":
    where = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE
    made = make(where)
    size = sum(p.stat().st_size for p in where.rglob("*") if p.is_file())
    print(f"{where}：{len(made.cast.firms)} 家企业，{size / 1e6:.1f} MB")
