"""Everything with a meaning that a night reads: catalogue, rules, topics, policy, and the model in force."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from care.decisions.policy import Policy, read_policy
from care.preanswers.knowledge import Topics, read_topics
from care.rules.book import Book, read_book
from care.rules.versions.force import InForce, in_force
from features.catalogue import Catalogue, read_catalogue
from features.moments import midnight

if TYPE_CHECKING:
    import sqlalchemy as sa

    from features.settings import Settings
    from features.warehouse import Warehouse
    from training.artefact import Champion


@dataclass(frozen=True)
class Books:
    """The books as they were read at the start of a night."""

    catalogue: Catalogue
    book: Book
    topics: Topics
    policy: Policy
    force: InForce | None = None

    @property
    def in_force(self) -> InForce:
        """Which versions of the rules hold for whom; `book` alone where nobody submitted any."""
        return self.force or InForce(self.book)

    def versions(self, warehouse: Warehouse, model: Champion | None, settings: Settings) -> dict[str, Any]:
        """The version of everything that decides what a night gives; `model` is None before the first training."""
        return {
            "warehouse": warehouse.version,
            "currency": str(warehouse.about.get("currency", "")),
            "time_zone": settings.time_zone,
            "catalogue": self.catalogue.version,
            "book": self.in_force.version,
            "topics": self.topics.version,
            "policy": self.policy.version,
            "model": None if model is None else f"{model.name} {model.version}",
        }

    def rests_since(self, as_of: date) -> date:
        """The oldest day from which a cool-down may still hold on as_of."""
        policy = self.policy.cool_down.value
        days = [*policy.least_days.values(), *(rule.cool_down for rule in self.book.rules.values())]
        return as_of - timedelta(days=max(days) * policy.refusal_factor)

    @property
    def timeouts(self) -> dict[str, int]:
        """Days that an episode of each rule lasts at most."""
        return {rule.id: rule.timeout_days for rule in self.book.rules.values()}

    @staticmethod
    def instant_of(as_of: date, settings: Settings) -> datetime:
        """The as-of instant, aware: when a night's events count as having happened, however late it was run."""
        return midnight(as_of, settings.zone).replace(tzinfo=UTC)


def read_books(settings: Settings, engine: sa.Engine) -> tuple[Books, Champion | None]:
    """The books in force and the champion, if one was ever promoted; Refusal (place, reason) for anything wrong."""
    from training.score import champion

    return live_books(engine), champion(settings, engine)


def live_books(engine: sa.Engine | None = None) -> Books:
    """The books in force, with the versions of rules that the database holds (None: the shipped rules alone).

    Refusal (place, reason) for anything wrong in them.
    """
    catalogue = read_catalogue()
    shipped, topics = read_book(None, catalogue), read_topics(None, catalogue)
    if engine is None:
        return Books(catalogue, shipped, topics, read_policy())
    from care.rules.versions.store import read_versions

    with engine.connect() as connection:
        force = in_force(shipped, read_versions(connection))
    return Books(catalogue, force.base, topics, read_policy(), force)
