from __future__ import annotations
from datetime import date
from decimal import Decimal
from pathlib import Path
import sys, time
import click
from xltools.desk.quote import quote
from xltools.desk.errors import Refusal
from xltools.scheme import load

@click.command("quote")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--scheme", required=True)
@click.option("--fx", type=Decimal)
@click.option("--customs", type=click.Path(path_type=Path))
@click.option("--today")
@click.option("--assume-approved", is_flag=True)
@click.option("-o", "--out", type=click.Path(path_type=Path))
def command(file, scheme, fx, customs, today, assume_approved, out):
    t0=time.time()
    try:
        q = quote(file, load(scheme), today=date.fromisoformat(today) if today else date.today(), fx=fx, customs=customs, assume_approved=assume_approved, out=out, progress=lambda s: print(s, round(time.time()-t0,2)))
    except Refusal as e:
        print(e); sys.exit(2)
    print(q.counts(), round(time.time()-t0,2))
    for p in q.roster.placed()[:20]: print(p)
    sys.exit(1 if q.has_errors else 0)
