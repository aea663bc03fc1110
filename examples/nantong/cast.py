"""Who plays which part: firms taken out of the population for one planted mistake or case each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from nantong.firms import Firm

TODAY = date(2019, 10, 8)
BY = "市局王甲"
"""Who reviews at the bureau."""


@dataclass(frozen=True)
class Part:
    """One planted case: the code under which it is found, where, at which firm, and how it looks."""

    code: str
    firm: Firm
    how: str
    mended: bool = False
    """Whether the second round mends it."""


@dataclass
class Cast:
    """The population and the parts given so far."""

    firms: list[Firm]
    parts: list[Part] = field(default_factory=list)

    def take(
        self,
        area: str,
        kind: str,
        code: str,
        how: str,
        suits: Callable[[Firm], bool] = lambda firm: True,
        *,
        mended: bool = False,
    ) -> Firm:
        """A firm of the district and kind that suits and has no part yet; they lie scattered over the file."""
        fit = [
            f for f in self.firms if (f.area, f.kind) == (area, kind) and not f.planted and f.total() > 0 and suits(f)
        ]
        if not fit:
            raise ValueError(f"no firm left for {code} in {area}")
        return self.give(fit[11 * len(self.parts) % len(fit)], code, how, mended=mended)

    def give(self, firm: Firm, code: str, how: str, *, mended: bool = False) -> Firm:
        """This very firm plays the part."""
        firm.planted = True
        self.parts.append(Part(code, firm, how, mended))
        return firm

    def of(self, code: str, area: str = "") -> list[Firm]:
        """The firms that play a part of that code, in one district or in all."""
        return [p.firm for p in self.parts if p.code == code and area in ("", p.firm.area)]

    def next_to(self, firm: Firm) -> Firm:
        """The firm in the row below, if it has no part yet."""
        below = self.firms[self.firms.index(firm) + 1]
        if below.planted or below.area != firm.area:
            raise ValueError(f"the firm below {firm.name} plays another part")
        below.planted = True
        return below


def agree(firm: Firm, grounds: str, **more: object) -> None:
    """The bureau agrees in its review table, and says why."""
    firm.review |= decision("同意", grounds) | more


def decision(opinion: str, grounds: str) -> dict[str, object]:
    return {"市级审核意见": opinion, "审核人": BY, "审核日期": TODAY, "审批依据": grounds}
