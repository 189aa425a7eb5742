"""The night: from a day's history to the managers' morning and the channels' pre-answers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from care.books import read_books
from care.decisions.decide import decide
from care.decisions.episode_store import oldest_open, read_episodes, write_turn
from care.decisions.episodes import as_opened, before, turn
from care.decisions.history import read_people
from care.decisions.inputs import inputs_of
from care.decisions.ledger import write_candidates
from care.preanswers.predict import predict
from care.preanswers.recency import recency
from care.preanswers.serve import write_pre_answers
from care.rules.day_events import read_day_events
from care.rules.matching import compile_book
from care.rules.night_pass import ask_rules
from care.rules.recovery import recovered
from care.rules.versions.store import write_alarms
from care.scheduler.lease import Lease, hold_alone
from care.scheduler.runs import DONE, done_run, write_run
from care.score_reasons import reasons_of_queue, write_score_reasons
from care.scores import score_customers, why_unscored
from care.stopwatch import Stopwatch
from care.summary import answer_again, check_night, known_customers, summarise
from care.tasks.plan import write_plan
from care.tasks.store import open_reasons, open_tasks, past_reasons
from features.build import build_signals
from features.database import reading
from features.latest import write_latest
from features.progress import Progress
from features.received import land_received
from features.settings import Settings
from features.snapshot import write_snapshot
from features.warehouse import Warehouse

KIND = "night"


def run_night(
    settings: Settings,
    engine: sa.Engine,
    as_of: date,
    *,
    started_at: datetime,
    progress: Progress | None = None,
    lease: Lease | None = None,
) -> dict[str, Any]:
    """Run the night of a business date and return its summary (the JSON of `forecare run`).

    Everything is stored in one transaction with the run itself, so that a night that was killed left nothing, and one
    that is done is found and answered again: no row changes. `started_at` (aware) is written down, and its day in the
    bank's zone is today: a later as_of is refused, as are an as_of before the newest finished night, an empty
    warehouse, and a day on which no customer was known. `lease`: of the scheduler that runs it.
    """
    warehouse, watch = Warehouse(settings.home), Stopwatch(progress)
    check_night(warehouse, settings, as_of, started_at)
    books, model = read_books(settings, engine)
    inputs = books.versions(warehouse, model, settings)
    with reading(engine).connect() as connection:
        if done := done_run(connection, KIND, as_of):
            return answer_again(done, inputs)
    if land_received(warehouse, settings, engine, as_of):
        inputs = books.versions(warehouse, model, settings)

    with watch.step("signals"):
        signals = known_customers(build_signals(warehouse, books.catalogue, as_of, settings, progress=progress), as_of)
        people = read_people(warehouse, settings, as_of)
    with watch.step("scores"):
        signals, scored = score_customers(settings.home, signals, model, as_of)
        told_model = scored or why_unscored(warehouse, settings, as_of)
        write_snapshot(settings.home, signals, as_of, books.catalogue, warehouse)
    with watch.step("matches"):
        compiled = compile_book(books.book)
        events = read_day_events(compiled, warehouse, settings, as_of)
        asked_rules = ask_rules(books.in_force, compiled, signals, events, as_of, books.policy)
        matches = asked_rules.matches
    with watch.step("pre_answers"):
        asked = recency(warehouse, settings, as_of)
        answers = predict(books.topics, signals, asked, as_of, inputs["currency"])

    with engine.begin() as connection:
        hold_alone(connection, KIND, lease)
        if done := done_run(connection, KIND, as_of):
            return answer_again(done, inputs)
        with watch.step("decisions"):
            stored = read_episodes(connection, as_of)
            stood = before(stored, as_of)
            over = recovered(compiled, signals, stood, matches, as_of)
            episodes = as_opened(turn(stood, matches, over, books.timeouts, as_of), stored, as_of)
            tasks, known = open_tasks(connection), open_reasons(connection)
            past = past_reasons(connection, min(books.rests_since(as_of), oldest_open(connection) or as_of))
            decisions = decide(inputs_of(books, people, matches, as_of, tasks, known, past, episodes.open))
            because = reasons_of_queue(model, signals, list(decisions.tasks["customer_id"]), as_of)
        with watch.step("store", parts=6) as part:
            write_candidates(connection, decisions.candidates, as_of)
            part()
            write_turn(connection, episodes, as_of)
            write_alarms(connection, as_of, asked_rules.alarms)
            write_plan(connection, decisions, tasks, known, as_of=as_of, at=books.instant_of(as_of, settings))
            part()
            write_score_reasons(connection, because, as_of)
            part()
            write_pre_answers(connection, answers, as_of)
            part()
            write_latest(connection, signals, as_of, books.catalogue)
            part()
        told = summarise(warehouse, books, signals, told_model, asked_rules, decisions, because, answers)
        summary = {"as_of": as_of.isoformat(), **told, "timings": watch.seconds}
        end = started_at + watch.elapsed
        write_run(connection, KIND, as_of, state=DONE, inputs=inputs, summary=summary, span=(started_at, end))
        part()
    return summary
