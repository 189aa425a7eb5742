"""A small bank of five people that hands over CSV files, and whatever a test changes about them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from features.database import connect, metadata
from features.engine import open_history
from features.intake import IntakeReport, intake
from features.settings import Settings, read_settings
from features.warehouse import Warehouse

DELIVERED = datetime(2026, 3, 10, 12, tzinfo=UTC)
SELECTS = {
    "customers": """
        SELECT id AS customer_id, TRY_CAST(opened AS DATE) AS opened_on, _file, _line,
            TIMESTAMP '2025-01-01' AS known_at
        FROM read_csv('customers.csv')""",
    "accounts": """
        SELECT id AS account_id, customer AS customer_id, 'current' AS product, 'CNY' AS currency,
            DATE '2025-01-01' AS opened_on, NULL AS closed_on, _file, _line, TIMESTAMP '2025-01-01' AS known_at
        FROM read_csv('accounts.csv')""",
    "transactions": """
        SELECT id AS transaction_id, account AS account_id, customer AS customer_id, TRY_CAST(ts AS TIMESTAMP) AS ts,
            amount, kind, 'booked' AS status, _file, _line, TRY_CAST(known AS TIMESTAMP) AS known_at
        FROM read_csv('transactions.csv')""",
}
HEADER = "id,account,customer,ts,amount,kind,known\n"


@dataclass
class SmallBank:
    """Customers C0..C4 with accounts A0..A4; payments T0, T1 ... of 12.34, one a day in February, known in an hour."""

    root: Path
    bad_rows_limit: float = 0.5
    selects: dict[str, str] = field(default_factory=lambda: dict(SELECTS))

    def __post_init__(self) -> None:
        self.source, self.data = self.root / "source", self.root / "data"
        self.source.mkdir(parents=True)
        self.data.mkdir()
        self.settings: Settings = read_settings(
            home=self.root / "home", database_url="", identity_key="", bad_rows_limit=self.bad_rows_limit
        )
        self.engine = connect(self.settings.database)
        metadata.create_all(self.engine)
        self.put("customers.csv", "id,opened\n" + "".join(f"C{number},2025-01-01\n" for number in range(5)))
        self.put("accounts.csv", "id,customer\n" + "".join(f"A{number},C{number}\n" for number in range(5)))
        self.pay(*[self.payment(number) for number in range(20)])

    @property
    def warehouse(self) -> Warehouse:
        """What the home holds now."""
        return Warehouse(self.settings.home)

    def put(self, name: str, content: str | bytes) -> None:
        """A file to be handed over."""
        (self.data / name).write_bytes(content.encode() if isinstance(content, str) else content)

    def payment(self, number: int, **changed: str) -> str:
        """A line of transactions.csv."""
        day = f"2026-02-{number % 27 + 1:02d}"
        row = {"id": f"T{number}", "account": f"A{number % 5}", "customer": f"C{number % 5}", "ts": f"{day} 10:00:00"}
        row |= {"amount": "12.34", "kind": "card", "known": f"{day} 11:00:00", **changed}
        return ",".join(row.values())

    def pay(self, *lines: str) -> None:
        """The lines of transactions.csv."""
        self.put("transactions.csv", HEADER + "".join(f"{line}\n" for line in lines))

    def say(self, table: str, old: str, new: str) -> None:
        """Change the SELECT of a table."""
        assert old in self.selects[table]
        self.selects[table] = self.selects[table].replace(old, new)

    def take(self, delivered_at: datetime = DELIVERED) -> IntakeReport:
        """Hand everything over."""
        for table, sql in self.selects.items():
            (self.source / f"{table}.sql").write_text(sql, encoding="utf-8")
        return intake(self.source, self.data, self.settings, self.engine, delivered_at=delivered_at)

    def ask(self, sql: str, known_by: datetime = datetime(2026, 3, 11)) -> list[tuple[object, ...]]:  # noqa: DTZ001
        """A query over the history as known at an instant (UTC, no zone)."""
        with open_history(self.warehouse, self.settings, known_by=known_by) as history:
            return history.execute(sql).fetchall()

    def stored(self) -> dict[str, bytes]:
        """Every file that the manifest lists, by its path below the home, and the manifest itself."""
        home = self.settings.home
        files = [path for table in self.warehouse.tables for path in self.warehouse.files(table).values()]
        return {str(path.relative_to(home)): path.read_bytes() for path in [*files, home / "warehouse/manifest.json"]}

    def everything_on_disk(self) -> bytes:
        """All bytes of all files of the home."""
        return b"".join(path.read_bytes() for path in self.settings.home.rglob("*") if path.is_file())


@pytest.fixture
def found_bank(tmp_path: Path) -> Iterator[Callable[..., SmallBank]]:
    """Founds small banks, each with a home of its own."""
    founded: list[SmallBank] = []

    def found(**given: object) -> SmallBank:
        founded.append(SmallBank(tmp_path / f"bank{len(founded)}", **given))  # type: ignore[arg-type]
        return founded[-1]

    yield found
    for bank in founded:
        bank.engine.dispose()


@pytest.fixture
def small_bank(found_bank: Callable[..., SmallBank]) -> SmallBank:
    """One small bank."""
    return found_bank()
