"""Numbers and letters as Korean says them, out of which rules put their regular expressions together.

Each is a row of characters for a class, or alternatives without brackets around them. Standard library only.
"""

from __future__ import annotations

DIGITS = "일이삼사오육칠팔구"
"""One to nine, in order."""
ZEROS = "영공"
"""0, as it is counted and as it is dialled."""
HEARD_DIGITS = "영공빵령일이삼사오육륙륰칠팔구"
"""All ten as they are said one by one, and heard: 빵 for 0, 륙 and 륰 for 육."""

NATIVE = {"하나": 1, "둘": 2, "셋": 3, "넷": 4, "다섯": 5, "여섯": 6, "일곱": 7, "여덟": 8, "아홉": 9}
BEFORE_NOUNS = {"한": 1, "두": 2, "세": 3, "네": 4}
"""What the first of `NATIVE` become before what is counted."""

MONTHS = "십[일이]?|[일이삼사오칠팔구]|유|시"
"""Before 월: June and October lose their codas."""

LETTERS = (
    "에이치|에이취|에이|에프|에스|비|씨|디|이|지|쥐|아이|제이|케이"
    "|엘|엠|엔|오|피|큐|알|티|유|브이|더블유|엑스|와이|제트"
)
"""The Latin alphabet; of two where one begins the other, the longer first."""


def tens(digit: str) -> str:
    """Ten to ninety-nine, said whole, of what matches one `digit`."""
    return f"{digit}?십{digit}?"


def years(digit: str) -> str:
    """Years before 년, said whole: 천구백팔십칠, 이천삼, 팔십칠; or two digits one by one: 팔칠, 공일.

    >>> import re
    >>> said = re.compile(years(f"[{DIGITS}]"))
    >>> [bool(said.fullmatch(year)) for year in ("천구백 팔십칠", "이천삼", "팔십칠", "공일", "팔", "삼천", "천구백공")]
    [True, True, True, True, False, False, False]
    """
    return rf"(?:천\s?구백|이천)\s?(?:{tens(digit)}|{digit})?|{tens(digit)}|[{ZEROS}{DIGITS}]{{2}}"
