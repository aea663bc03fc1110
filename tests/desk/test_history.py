"""State by journal sequence: where every firm stood after an entry of the journal, whatever came later."""

from __future__ import annotations

from pathlib import Path

import pytest
from workspaces import Bureau, at, bureau_in, firm, uscc

from xltools.desk.rules.register import load_register
from xltools.desk.rules.standing import stand
from xltools.desk.rules.status import states_of
from xltools.desk.transaction import looking
from xltools.ledger import journal


@pytest.fixture
def office(tmp_path: Path) -> Bureau:
    return bureau_in(tmp_path)


def seq(office: Bureau) -> int:
    with looking(office.workspace) as conn:
        return journal.head(conn)[0]


def states(office: Bureau, seq: int | None = None) -> list[tuple[str, str]]:
    with looking(office.workspace) as conn:
        register = load_register(conn, office.workspace, office.today, seq)
        return list(zip(register.claims.uscc, states_of(stand(register)), strict=True))


def test_outcomes_of_the_past_are_computed_from_the_state_of_then(office: Bureau) -> None:
    office.sent_in([firm(1, received=at(1)), firm(2, received=at(2))])
    collected = seq(office)
    waiting = states(office)
    assert [s for _, s in waiting] == ["待审核", "待审核"]
    office.agree(1, 2)
    agreed = seq(office)
    arranged = states(office)
    assert [s for _, s in arranged] == ["已安排", "已安排"]
    office.submit()
    sent = seq(office)
    assert [s for _, s in states(office)] == ["已报送", "已报送"]
    office.review({"统一社会信用代码": uscc(1), "撤回": "是", "审批依据": "函"})
    gone = dict(states(office))
    assert gone[uscc(2)] == "已报送"
    assert gone[uscc(1)] != "已报送"
    assert states(office, collected) == waiting
    assert states(office, agreed) == arranged
    assert [s for _, s in states(office, sent)] == ["已报送", "已报送"]
    assert dict(states(office, seq(office))) == gone


def test_a_correction_does_not_change_what_was_claimed_before(office: Bureau) -> None:
    office.sent_in([firm(1, received=at(1), exports=400_000)])
    first = seq(office)
    office.sent_in([firm(1, received=at(1), exports=300_000)], round=2)
    for entry, cents in ((first, 40_000_000), (None, 30_000_000)):
        with looking(office.workspace) as conn:
            register = load_register(conn, office.workspace, office.today, entry)
            assert register.claims.amounts["exports"].cents.tolist() == [cents]
