"""Rows that came in by day."""

import sqlalchemy as sa
from alembic import op

from features.database import Instant

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "received",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("happened_at", Instant(), nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("sha", sa.String(length=64), nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column("judged_for", sa.Date(), nullable=True),
        sa.Column("landed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "key", name=op.f("pk_received")),
    )
    op.create_index("ix_received_waiting", "received", ["customer_id", "landed"], unique=False)
    due = sa.text("judged_for IS NULL")
    op.create_index(
        "ix_received_due", "received", ["happened_at"], unique=False, sqlite_where=due, postgresql_where=due
    )


def downgrade() -> None:
    op.drop_index("ix_received_due", table_name="received")
    op.drop_index("ix_received_waiting", table_name="received")
    op.drop_table("received")
