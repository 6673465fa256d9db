"""Words that captions may be made of: medium, culture, description."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003_words"
down_revision = "0002_append_only"
branch_labels = None
depends_on = None

COLUMNS = ("medium", "culture", "description")


def upgrade() -> None:
    for name in COLUMNS:
        op.add_column("image", sa.Column(name, sa.Text, nullable=False, server_default=""))


def downgrade() -> None:
    for name in COLUMNS:
        op.drop_column("image", name)
