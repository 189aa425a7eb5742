"""Histories made by hand and by chance: ties, late rows, corrections, closings, rows at every edge."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import strategies as st

from tests.features.signals.oracle import days_before, utc

DAYS = (date(2026, 3, 30), date(2026, 10, 26), date(2026, 7, 1))  # the days after the clocks change, and a plain one
LATER = timedelta(microseconds=1)
OWNERS = {"A1": ("A", "current"), "A2": ("A", "savings"), "A3": ("A", "credit_card"), "B1": ("B", "current")}
# Few days and few moments in them: rows meet at edges, at one instant, and on the day of a stated balance or a closing.
NEAR = st.sampled_from((1, 2, 7, 8, 14, 15, 30, 31, 37, 40))
MOMENTS = st.tuples(NEAR | st.sampled_from((0, -2)), st.sampled_from((0, 0, -1, 1, 43_200_000_000)))
ANYWHERE = st.tuples(st.integers(-2, 95), st.integers(0, 85_000_000_000))
AMOUNTS = st.sampled_from((1, 100, 9999, 10_000, -1, -5000, 33, 10**13 + 7)) | st.integers(-(10**9), 10**9).filter(bool)
DELAYS = st.sampled_from((0, 0, 0, 1, 7, 20))


class Made:
    """A history, the days that are asked for, and by when its rows must be known (None: each day as it was)."""

    def __init__(self, days, known_by, rows):
        self.days, self.known_by, self.rows = days, known_by, rows

    def __repr__(self):
        counts = {name: len(rows) for name, rows in self.rows.items()}
        return f"Made({[str(day) for day in self.days]}, known_by={self.known_by}, {counts})"


def version(row, known_at, **changed):
    """The row's last version superseded by another from `known_at` on."""
    row["superseded_at"] = known_at
    return {**row, **changed, "known_at": known_at, "superseded_at": None}


@st.composite
def transactions(draw, day, most=18):
    rows = []
    for number in range(draw(st.integers(0, most))):
        back, micros = draw(MOMENTS | MOMENTS | ANYWHERE)
        account = draw(st.sampled_from(("A1", "A1", "A2", "A3", "B1")))
        row = {
            "transaction_id": f"T{draw(st.integers(0, 9))}-{number}", "account_id": account,
            "customer_id": OWNERS[account][0], "ts": utc(days_before(day, back), micros), "amount": draw(AMOUNTS),
            "balance_after": draw(st.integers(-(10**6), 10**12) | st.sampled_from((None, 0, 10_000))),
            "kind": draw(st.sampled_from(("card", "salary", "transfer"))),
            "channel": draw(st.sampled_from(("app", "app", "pos", None))),
            "status": draw(st.sampled_from(("booked", "booked", "booked", "declined", "pending"))),
            "counterparty_id": draw(st.sampled_from(("x", "y", None))),
            "own_account": draw(st.sampled_from((None, True))),
            "counterparty_bank": draw(st.sampled_from((None, "another"))),
        }  # fmt: skip
        row["known_at"] = row["ts"] + timedelta(days=draw(DELAYS))
        rows.append(row)
        if draw(st.integers(0, 3)) == 0:  # the bank corrects it later: another amount, time or state
            changed = {"amount": draw(AMOUNTS), "status": draw(st.sampled_from(("booked", "declined")))}
            if draw(st.booleans()):
                changed["ts"] = utc(days_before(day, draw(NEAR)), draw(st.sampled_from((0, -1, 1))))
            rows.append(version(row, row["known_at"] + timedelta(days=draw(st.integers(1, 30))), **changed))
    return rows


@st.composite
def payments(draw, day):
    """A payee who is paid, or pays, about every so many days."""
    payee, rhythm = draw(st.sampled_from(("rent", "x"))), draw(st.sampled_from((5, 6, 7, 14, 30)))
    back, rows = draw(st.integers(0, 24)), []
    amount = draw(st.sampled_from((-300, 500_000)))
    for number in range(draw(st.integers(2, 6))):
        for extra in range(draw(st.sampled_from((1, 1, 1, 2)))):
            moment = utc(days_before(day, back), 36_000_000_000 + extra)
            row = {
                "transaction_id": f"P{number}-{extra}", "account_id": "A1", "customer_id": "A", "ts": moment,
                "amount": amount + draw(st.sampled_from((0, 0, -30, 17))), "kind": "transfer", "status": "booked",
                "counterparty_id": payee, "known_at": moment,
            }  # fmt: skip
            rows.append({**row, "channel": None, "balance_after": None})
        back += rhythm + draw(st.sampled_from((0, 0, 1, -1, 4, 5, -6)))
    return rows


@st.composite
def accounts(draw, day):
    """Four accounts; one may be opened late or closed, one change its product, and the bank may learn it later."""
    opened = {"A2": draw(st.sampled_from((95, 80, 8, 1, 0))), "A1": draw(st.sampled_from((95, 31)))}
    rows = []
    for name, (customer, product) in OWNERS.items():
        opened_on = days_before(day, opened.get(name, 95))
        row = {"account_id": name, "customer_id": customer, "product": product, "currency": "CNY"}
        row |= {"opened_on": opened_on, "closed_on": None, "known_at": utc(opened_on), "superseded_at": None}
        if name == "A3":
            row |= {"statement_day": draw(st.sampled_from((1, 15, 29, 31, None)))}
            row |= {"due_day": draw(st.sampled_from((5, 20, 31, None)))}
        rows.append(row)
        closed = draw(st.none() | NEAR | st.just(-2)) if name in ("A2", "A3") else None
        if closed is not None:
            closed_on = max(days_before(day, closed), opened_on + timedelta(days=1))
            learned = max(utc(closed_on) + timedelta(days=draw(DELAYS)), row["known_at"] + LATER)
            rows.append(version(row, learned, closed_on=closed_on))
        if name == "A1" and draw(st.booleans()):
            learned = utc(days_before(day, draw(NEAR)), draw(st.sampled_from((-1, 0, 1))))
            rows.append(version(row, max(learned, row["known_at"] + LATER), product=draw(
                st.sampled_from(("savings", "term")))))  # fmt: skip
    return rows


@st.composite
def said(draw, day):
    rows = []
    for number in range(draw(st.integers(0, 6))):
        back, micros = draw(MOMENTS | ANYWHERE)
        ts = utc(days_before(day, back), micros)
        row = {"contact_id": f"K{draw(st.integers(0, 9))}-{number}", "customer_id": draw(st.sampled_from("AAB"))}
        row |= {"ts": ts, "kind": "question", "topic_id": draw(st.sampled_from(("t", "u", None)))}
        row |= {"csat": draw(st.sampled_from((None, 1, 5))), "known_at": ts, "superseded_at": None}
        rows.append(row)
        if draw(st.booleans()):
            settled = ts + timedelta(hours=draw(st.sampled_from((3, 24, 48, 300))))
            answered = ts + timedelta(minutes=draw(st.sampled_from((9, 90))))
            learned = settled + timedelta(hours=draw(st.sampled_from((0, 30))))
            rows.append(version(row, learned, resolved_at=settled, first_response_at=answered))
        elif draw(st.booleans()):  # delivered with what lies ahead
            row["resolved_at"] = ts + timedelta(days=draw(NEAR))
    return rows


@st.composite
def clicks(draw, day):
    rows = []
    for number in range(draw(st.integers(0, 8))):
        back, micros = draw(MOMENTS | MOMENTS | ANYWHERE)
        ts = utc(days_before(day, back), micros + draw(st.sampled_from((0, 3_599_999_999, 3_600_000_000))))
        row = {"event_id": f"V{draw(st.integers(0, 9))}-{number}", "customer_id": "A", "ts": ts, "known_at": ts}
        rows.append(row | {"name": draw(st.sampled_from(("login", "login_failed", "login_failed")))})
        rows[-1]["detail"] = draw(st.sampled_from(("phone", "tablet", None)))
    return rows


@st.composite
def balances(draw, day):
    stated = draw(
        st.dictionaries(st.tuples(st.sampled_from(("A1", "A2", "A3")), NEAR | st.integers(1, 60)), AMOUNTS, max_size=4)
    )
    rows = []
    for (account, back), value in stated.items():
        on = days_before(day, back)
        row = {"account_id": account, "customer_id": "A", "day": on, "balance": value, "superseded_at": None}
        rows.append(row | {"known_at": utc(on + timedelta(days=1)) + timedelta(days=draw(DELAYS))})
        if draw(st.integers(0, 3)) == 0:
            rows.append(version(rows[-1], rows[-1]["known_at"] + timedelta(days=draw(NEAR)), balance=draw(AMOUNTS)))
    return rows


@st.composite
def histories(draw):
    """One day or three, seen as they were or as they look from a later day."""
    day = draw(st.sampled_from(DAYS))
    opened = (("A", 95), ("B", draw(st.sampled_from((20, 1)))), ("C", 0))
    customers = [{"customer_id": c, "opened_on": days_before(day, d), "known_at": utc(days_before(day, d))}
                 for c, d in opened]  # fmt: skip
    rows = {"customers": customers, "accounts": draw(accounts(day)), "balances": draw(balances(day))}
    rows["transactions"] = draw(transactions(day)) + (draw(payments(day)) if draw(st.booleans()) else [])
    rows |= {"contacts": draw(said(day)), "app_events": draw(clicks(day))}
    days = [day] if draw(st.booleans()) else [days_before(day, 31), days_before(day, 7), day]
    known_by = draw(st.sampled_from((None, None, day, day + timedelta(days=20))))
    return Made(days, known_by, rows)


def one_customer(day, transactions, **more):
    """A history of customer A with one current account, everything known at once."""
    opened = {"customer_id": "A", "opened_on": days_before(day, 95), "known_at": utc(days_before(day, 95))}
    accounts = [{**opened, "account_id": "A1", "product": "current", "closed_on": None}]
    rows = {"customers": [opened], "accounts": accounts, "transactions": transactions, "balances": []}
    return rows | {"contacts": [], "app_events": []} | more


def moved(number, ts, **more):
    row = {"transaction_id": f"T{number}", "account_id": "A1", "customer_id": "A", "ts": ts, "amount": 100}
    row |= {"kind": "card", "status": "booked", "balance_after": None, "channel": None, "counterparty_id": None}
    return {**row, "known_at": ts - timedelta(days=99), **more}


def at_every_edge(day):
    """One credit a microsecond before, at, and after every midnight where a window begins or ends."""
    rows = [
        moved(f"{back}{micros}", utc(days_before(day, back), micros), amount=1000 + 100 * back + micros)
        for back in (0, 1, 7, 30, 37, 40) for micros in (-1, 0, 1)
    ]  # fmt: skip
    return one_customer(day, rows)


def at_one_instant(day):
    """Five bookings at one instant, delivered out of order, on a day whose balance the bank also states."""
    on = days_before(day, 3)
    rows = [moved(n, utc(on), amount=10**n, balance_after=7 * 10**n) for n in (3, 5, 1, 4, 2)]
    stated = {"account_id": "A1", "customer_id": "A", "day": on, "balance": 123, "known_at": utc(on)}
    return one_customer(day, rows, balances=[stated])
