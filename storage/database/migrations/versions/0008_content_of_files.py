"""Whether a case has a content is found by the content, not by looking at all files of the case."""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_index("ix_files_content", "files", ["case_id", "blob"])
    op.drop_index("ix_files_case_id", "files")
