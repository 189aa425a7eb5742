"""Two thousand conditions that nobody writes by mistake: what the text box of a rule owner must survive."""

from __future__ import annotations

import random
from collections.abc import Iterator

NAMES = ("assets", "segment", "due_on", "is_staff", "complaints")
REACH = (
    "read_csv('/etc/passwd')", "read_text('x')", "getenv('HOME')", "glob('*')", "pragma_version()", "nextval('s')",
    "current_setting('x')", "sleep_ms(9)", "query('select 1')", "load_extension('x')", "pg_sleep(9)",
    "lo_import('/etc/passwd')", "regexp_matches('a', '(a+)+$')", "repeat('a', 1000000000)", "range(1000000000)",
    "generate_series(1, 1000000000)", "random()", "now()", "uuid()", "sum(assets)", "count(*)", "row_number() over ()",
)  # fmt: skip
STACKED = (
    "; drop table x", "; attach 'x'", " union select 1", "; copy x to 'y'", " -- x\n; pragma x", "; install httpfs",
    " order by 1", " group by 1", " limit 1", " /* x", " */", " window w as ()", " qualify 1", " returning 1",
    " into x",
)  # fmt: skip
OPENERS = (
    "(", "[", "{", "abs(", "not ", "case when ", "- ", "+ ", "assets in (", "cast(", "assets + (", "x -> ", "a.b.",
    "interval ", "date ", "exists(", "assets between ", "assets[", "if(", "{'a': ", "(select ", "coalesce(", "least(",
    "case when is_staff then ", "is_staff and (", "is_staff or not (", "1 / (", "round(", "'", '"', "/*", "$$", "--",
)  # fmt: skip
ODD = (
    "\u0000", "\ud800", "\u202e", "\u200b", "\ufeff", "\u00a0", "\u2028", "\x1b[2J", "\u0430ssets", "a\u0301ssets",
    "\uff41\uff53\uff53\uff45\uff54\uff53", "ASSETS", "\u661f\u53f7", "\U0001f4a3", "\r\n", "\t", "\x7f", "\\", "`",
)  # fmt: skip
NUMBERS = (
    "1e308", "1e309", "1e999999999", "-1e308", "9" * 400, "0." + "0" * 400 + "1", "0x10", "1_000", "nan", "inf", "1e",
    ".", "1..2", "1e-999", "0b1", "1__0", "00001", "-0.0",
)  # fmt: skip
REGEXES = ("(a+)+$", "(.*)*b", "(?=a)+", "((a{1,99}){1,99}){1,99}", "(?<n>a)\\k<n>", "[[:alpha:]]*+")
FORMS = (
    "segment like '{}'", "segment ~ '{}'", "segment similar to '{}'", "segment glob '{}'",
    "regexp_matches(segment, '{}')",
    "segment rlike '{}'", "segment ilike '{}' escape '\\'",
)  # fmt: skip


def hostile_texts(count: int = 2000, seed: int = 20260701) -> list[str]:
    """`count` texts, the same for a seed: deep, long, stacked, reaching outside, odd letters, huge numbers, zeros."""
    chance = random.Random(seed)  # noqa: S311 - no secret is made of it
    found = list(dict.fromkeys(_told(chance)))
    pieces = [*REACH, *STACKED, *OPENERS, *ODD, *NUMBERS, *NAMES, *"()[]{}'\";,.*/+-<>=!@#%^&|~?:"]
    while len(found) < count:
        found.append(" ".join(chance.choice(pieces) for _ in range(chance.randrange(1, 120))))
    return found[:count]


def _told(chance: random.Random) -> Iterator[str]:
    yield from ("", " ", "\n", "null", "true", "1", "*", "assets", "assets > null", "null is null", "not null", "()")
    yield from (f"{one} > 1" for one in REACH)
    yield from (f"assets > 1{one}" for one in STACKED)
    yield from (form.format(one) for form in FORMS for one in REGEXES)
    yield from (f"assets > {one}" for one in NUMBERS)
    yield from (f"{one} > 1" for one in ODD)
    yield from (f"assets > 1 {one}" for one in ODD)
    yield from (f"segment = '{one * 50}'" for one in ODD)
    for opener in OPENERS:
        for many in (5, 11, 12, 13, 50, 300, 1000, 5000):
            yield f"{opener * many}assets > 1"
            yield f"{opener * many}assets > 1{')' * many}"
    for deep in (7, 20, 60):  # what doubles the work of a parser that tries one reading after the other
        yield from (
            f"{one} (" * deep + "x" + ")" * deep for one in ("date", "int", "timestamp", "decimal", "map", "struct")
        )
        yield from (f"{one} " * deep + "x" for one in ("date", "interval", "is_staff or not (", "case when ("))
    for joint in (" and ", " or ", " + 1 > ", " = ", " , ", " || ", " -> ", " :: ", " is "):
        yield from (joint.join(["assets > 1"] * many) for many in (3, 60, 120, 400, 2000))
    for deep in (3, 11, 12, 13, 40, 200, 900):
        yield "assets" + " + 1" * deep + " > 0"
        yield "(" * deep + "assets > 1" + ")" * deep
        yield "case when is_staff then " * deep + "true" + " end" * deep
        yield "not " * deep + "is_staff"
        yield "coalesce(" * deep + "assets" + ")" * deep + " > 0"
        yield "assets / " * deep + "0 > 1"
    yield from (
        "1/0 > 0", "0/0 = 0/0", "assets / 0 > 1", "1e300 * 1e300 > 1", "-(1e300 * 1e300) < assets - 1e300 * 1e300",
        "plus_days(due_on, 1e18) > due_on", "plus_days(due_on, -1e18) > due_on", "round(1e308, 6) > 1",
        "days_between(date '0001-01-01', date '9999-12-31') > 0", "due_on > date '2026-02-30'", "due_on > date ''",
        "due_on > date '99999-01-01'", "assets in ()", "assets in (null)", "assets in (select 1)", "assets between 1",
        "assets > all (select 1)", "exists (select 1)", "(select 1)", "assets > (values (1))", "assets > $1",
        "assets > ?",
        "assets > :x", "assets > @x", "snapshot.assets > 1", "main.snapshot.assets > 1", '"assets" > 1', "[assets] > 1",
        "assets::varchar = '1'", "cast(assets as varchar) = '1'", "assets collate nocase = 1", "distinct assets > 1",
        "assets > 1 filter (where true)", "lambda x: x", "x -> x", "{'a': 1}.a = 1", "[1, 2][1] = 1", "assets := 1",
        "segment || segment = 'x'", "assets = 'a' || 'b'", "try_cast(segment as double) > 1", "if(true, 1, 2) = 1",
        "'" + "x" * 5000 + "' = segment", "'" + "x" * 4000 + "' = segment", "segment = '" + "''" * 1900 + "'",
        " " * 4000 + "assets > 1", "\t\n" * 3000 + "assets > 1", "assets > 1 " + "-- x\n" * 600,
        "/*" * 900 + "assets > 1",
    )  # fmt: skip
    for name in NAMES:
        yield from (
            f"{name} {sign} {other}" for sign in ("=", "<", "+", "and") for other in (*NAMES, "null", "'x'", "1")
        )
        yield from (f"{name} is {one}" for one in ("null", "not null", "true", "unknown", "distinct from 1", "not"))
    for _ in range(300):
        yield "".join(chance.choice(OPENERS) for _ in range(chance.randrange(1, 60))) + "1"
