"""Lines of documents as they may come: Hangul, emoji beyond U+FFFF, quotes, markup, formulas; one line each."""

from __future__ import annotations

import unicodedata

from hypothesis import strategies as st

from pipeline.printing import shown

PIECES = (
    "가", "했어요", "😀", "👩‍👩‍👧", "&", "&amp;", "<b>", "</p>", '"', "'", "=1+1", " ", "\u00a0", "\ufffd", "\u3000",
    unicodedata.normalize("NFD", "각"), "é", "\U0001f1f0\U0001f1f7", "[이름1]", "(3초)",
)  # fmt: skip
LINES = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=3)), max_size=8).map(
    lambda some: shown("".join(some))
)
"""As documents hold them: NFC, without control characters."""
