"""The guide question under which each line was said: of a line in its transcript, so no segment gets a new version.

Frozen: a later change is a later migration. Lines that were published before have no question (0).
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from alembic.util import CommandError

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("transcript_line", sa.Column("question", sa.Integer(), nullable=False, server_default="0"))
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"CREATE OR REPLACE {CURRENT_LINES}")  # who may read the view still may
    else:
        op.execute("DROP VIEW current_lines")
        op.execute(f"CREATE {CURRENT_LINES}")


def downgrade() -> None:
    raise CommandError("this would drop the guide questions of every line; restore the backup instead")


CURRENT_LINES = """
VIEW current_lines AS
SELECT study.code AS study,
       participant.code AS participant,
       session.code AS session,
       transcript.version AS transcript_version,
       transcript.demo_grade AS demo_grade,
       transcript_line.line AS line,
       segment.number AS number,
       speaker.label AS speaker,
       speaker.role AS role,
       segment_version.start_ms AS start_ms,
       segment_version.end_ms AS end_ms,
       segment_version.text AS text,
       segment.uid AS segment,
       transcript.id AS transcript_id,
       segment_version.id AS segment_version_id,
       transcript_line.question AS question
  FROM transcript
  JOIN session ON session.id = transcript.session_id
  JOIN participant ON participant.id = session.participant_id
  JOIN study ON study.id = participant.study_id
  JOIN transcript_line ON transcript_line.transcript_id = transcript.id
  JOIN segment_version ON segment_version.id = transcript_line.segment_version_id
  JOIN segment ON segment.id = segment_version.segment_id
  JOIN speaker ON speaker.id = segment_version.speaker_id
 WHERE transcript.status = 'current'
 ORDER BY study.code, participant.code, session.code, transcript_line.line
"""
