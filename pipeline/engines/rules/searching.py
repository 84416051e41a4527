"""What speakers say while they search for a word, and to take one back: alternatives of regular expressions of words.

Every rule adds what may stand where it looks: who searches for a name says others than who searches for a number.
"""

from __future__ import annotations

SEARCHING = "음+|어+|아|그|저|그게|그거|거시기|막"
WHATEVER = "뭐[가-힣]{0,3}|뭣[가-힣]{0,2}"
"""뭐더라, 뭐였지, 뭣이냐, and any other word of that make; among numbers it would be too many."""
TAKEN_BACK = "아니다|아니고|아니|아이다|아이고|아이"
