"""Episodes: the stretches during which rules stay true."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "episodes",
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("rule_id", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("opened_by", sa.String(length=10), nullable=False),
        sa.Column("opened_version", sa.Integer(), nullable=False),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("last_true_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("ended_by", sa.String(length=20), nullable=True),
        sa.PrimaryKeyConstraint("customer_id", "rule_id", "key", "opened_on", name=op.f("pk_episodes")),
    )
    op.create_index(op.f("ix_episodes_ended_on"), "episodes", ["ended_on"], unique=False)
    open_ones = sa.text("ended_on IS NULL")
    op.create_index(
        "uq_episodes_open",
        "episodes",
        ["customer_id", "rule_id", "key"],
        unique=True,
        sqlite_where=open_ones,
        postgresql_where=open_ones,
    )


def downgrade() -> None:
    op.drop_index("uq_episodes_open", table_name="episodes")
    op.drop_index(op.f("ix_episodes_ended_on"), table_name="episodes")
    op.drop_table("episodes")
