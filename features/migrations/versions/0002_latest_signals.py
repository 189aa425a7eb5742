"""The newest signals of each customer."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "latest_signals",
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("catalogue", sa.String(length=64), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_latest_signals")),
    )
    op.create_table(
        "latest_names",
        sa.Column("catalogue", sa.String(length=64), nullable=False),
        sa.Column("names", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("catalogue", name=op.f("pk_latest_names")),
    )


def downgrade() -> None:
    op.drop_table("latest_names")
    op.drop_table("latest_signals")
