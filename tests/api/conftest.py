"""A tiny bank as files: one customer, one account, three bookings; and the command line in this process."""

import shutil
from contextlib import contextmanager
from pathlib import Path

import pytest

from api.cli import answer

TABLES = {
    "customers": ("customer_id,opened_on,segment,manager_id", "C1,2020-01-01,mass,M1"),
    "accounts": ("account_id,customer_id,product,currency,opened_on", "A1,C1,current,CNY,2020-01-01"),
    "transactions": (
        "transaction_id,account_id,customer_id,ts,amount,balance_after,kind,status",
        "T1,A1,C1,2026-05-01 10:00:00,100.00,100.00,transfer,booked",
        "T2,A1,C1,2026-05-02 10:00:00,50.00,150.00,transfer,booked",
        "T3,A1,C1,2026-05-03 10:00:00,-20.00,130.00,card,booked",
    ),
}


@pytest.fixture
def home(tmp_path, monkeypatch):
    """An empty home in force, in English."""
    for name in ("FORECARE_DATABASE_URL", "FORECARE_API_KEYS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("FORECARE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("FORECARE_LANGUAGE", "en")
    return tmp_path / "home"


@pytest.fixture
def tiny(tmp_path, tiny_bank):
    """A source and its data, to be taken in as `--source tiny --data data`."""
    return tiny_bank(tmp_path)


@pytest.fixture(scope="session")
def tiny_bank():
    """Write the tiny bank into a folder; its source and its data."""

    def write(folder):
        source, data = folder / "tiny", folder / "data"
        source.mkdir()
        data.mkdir()
        for table, lines in TABLES.items():
            (data / f"{table}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
            # The delivery is known since it happened, so that days long past can be run.
            ours = "* replace (utc(cast(ts as timestamp)) as ts)" if table == "transactions" else "*"
            select = f"select {ours}, timestamp '2026-05-03 15:00:00' as known_at from read_csv('{table}.csv')"
            (source / f"{table}.sql").write_text(select, encoding="utf-8")
        return source, data

    return write


@pytest.fixture
def forecare(capsys):
    """Run a command line; its exit code and the lines on standard error."""

    def run(*arguments):
        capsys.readouterr()
        code = answer([str(argument) for argument in arguments])
        return code, capsys.readouterr().err.splitlines()

    return run


@pytest.fixture
def filled_home(home, tiny, forecare):
    """A home that took the tiny bank in."""
    source, data = tiny
    code, said = forecare("intake", "--source", source, "--data", data)
    assert code == 0, said
    return home


@pytest.fixture
def unchanged():
    """A block after which every file of a folder has the bytes it had."""

    @contextmanager
    def watch(folder):
        before = _everything_in(folder)
        yield
        assert _everything_in(folder) == before

    return watch


def _everything_in(folder):
    apart = ("forecare.lock", "forecare.db-wal", "forecare.db-shm")
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in apart
    }


@pytest.fixture
def book(tmp_path):
    """A copy of the rule book, to be spoiled."""
    import care.rules

    return Path(shutil.copytree(Path(care.rules.__file__).parent / "book", tmp_path / "book"))
