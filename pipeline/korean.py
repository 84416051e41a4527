"""How Korean is written: codas, the particles that agree with them, composed letters. Standard library only.

A *coda* is the consonant that closes a syllable (batchim). Particles come in pairs by the coda of the word before them
(은/는, 이/가, 으로/로 ...), and a personal name that ends in a coda often takes the suffix 이 before its particle
(민석이가).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

RIEUL = 8
"""The coda ㄹ, after which 으로 is 로 as after a vowel."""

_FIRST, _LAST = "가", "힣"
WORD = re.compile("[가-힣]+")
"""Composed syllables in a row."""
_SPOKEN_CODAS = {"0": 21, "1": RIEUL, "3": 16, "6": 1, "7": RIEUL, "8": RIEUL, "l": RIEUL, "m": 16, "n": 4, "r": RIEUL}
"""Codas of the Korean names of digits (영 일 삼 육 칠 팔) and letters (엘 엠 엔 알); all others end in a vowel."""

PAIRS: tuple[tuple[str, str], ...] = (
    ("이라든지", "라든지"),
    ("이야말로", "야말로"),
    ("으로부터", "로부터"),
    ("이었", "였"),
    ("이에요", "예요"),
    ("이예요", "예요"),
    ("이라도", "라도"),
    ("이라고", "라고"),
    ("이라는", "라는"),
    ("이라면", "라면"),
    ("이라서", "라서"),
    ("이라니", "라니"),
    ("이든지", "든지"),
    ("이든가", "든가"),
    ("이거든", "거든"),
    ("이니까", "니까"),
    ("이면서", "면서"),
    ("이잖아", "잖아"),
    ("이네요", "네요"),
    ("으로서", "로서"),
    ("으로써", "로써"),
    ("이고", "고"),
    ("이지", "지"),
    ("이죠", "죠"),
    ("이래", "래"),
    ("이란", "란"),
    ("이랑", "랑"),
    ("이나", "나"),
    ("이든", "든"),
    ("이며", "며"),
    ("이여", "여"),
    ("이요", "요"),
    ("으로", "로"),
    ("은", "는"),
    ("을", "를"),
    ("과", "와"),
    ("아", "야"),
    ("이", "가"),
)
"""Particles and beginnings of the copula: (after a coda, after a vowel). The first that fits is meant."""

COPULA_PAIRS = (
    *(("이에유", "예유"), ("이어유", "여유"), ("이어서", "여서"), ("이세요", "세요"), ("이라든가", "라든가")),
    *(
        (f"이{form}", form)
        for form in ("라예", "라꼬", "라카", "더라", "구먼", "구만", "나마", "던", "셨", "십", "신", "시")
    ),
    *((f"이{form}", form) for form in ("다", "냐", "니", "캉")),
)
"""Rarer forms of the copula, and what dialects say, for `repaired` alone: to find names by, they are too like words."""

_FREE = (  # particles without a pair, the plural 들, and nouns that behave like particles
    "서|께서는|께서|에게서|한테서|에게|한테|께|에서|에다가|에다|에|부터|까지|조차|마저|밖에|마다|만큼|처럼|같이|보다|보고|더러"
    "|한티|헌티|허고|이캉|캉|맹키로|하고|하구|도|만|의|대로|치고|말고|뿐|커녕|따라|쪽|들|네(?!요)|씨|님"
)
_PAIRED = "|".join(form for pair in PAIRS for form in pair)
_COPULA = (
    "이구|구|에요|여요|인데|인가|인지|이셨|셨|이세요|세요|이신|이시|입니|일|인|이니|니|이던|던|이야|이라|라"
    "|이라꼬|라꼬|이라카|라카|이라캐|라캐|이라예|예|이유|인디|이구먼|구먼|이랑께"  # the last ones are dialects'
)
_PARTICLE = f"(?:{_PAIRED}|{_FREE}|{_COPULA})"
_ENDING = (  # what may follow a particle or the copula to the end of the word
    "(?:요|은|는|도|만|이|가|을|를|의|고|구|서|지|까|다|들|면|며|데|네|야|나|니|거든|잖아|어|죠|냐|습니|니다|랑|로|에|한테|에게"
    "|란|라|예|유|디|더|께|잉|겨|게|당께|구먼|구만)"
)
DIALECT_VERB = re.compile(
    "(?:라예|데예|지예|어예|아예|니더|심더|니꺼|카[는고데믄이니면]|[는은]디|[당랑응]께|믄|[것겄]?제|드[만라]|구[먼만]|[요어해지]유|마씨|수다"
    "|쿠다|[라다]꼬|카노|[는긴]가[베봐]|[아해]가|능교|[았었]어라|제라|입니[까꺼더]|이까|부난|허코|래유)$"
)
"""How verbs end in dialects, and what follows them."""
_COPULAS = tuple((pair, re.compile(f"(?:{'|'.join(pair)})({_ENDING}{{0,4}})")) for pair in COPULA_PAIRS)
_TAIL = re.compile(rf"{_PARTICLE}{{1,3}}{_ENDING}{{0,4}}")
_OPEN = tuple(dict.fromkeys(vowel for _, vowel in PAIRS if vowel not in {"나", "고", "지", "든", "며", "여", "요"}))
_CLOSED = tuple(dict.fromkeys(coda for coda, _ in PAIRS))


def coda(word: str) -> int:
    """The coda in which `word` ends when read aloud: 0 none, 8 ㄹ, else 1 to 27. Brackets and marks are not read.

    >>> coda("[병원A]"), coda("참여자1"), coda("[이름3]"), coda("민석")
    (0, 8, 16, 1)
    """
    read = [character for character in word if character.isalnum()]
    if not read:
        return 0
    last = read[-1]
    if _FIRST <= last <= _LAST:
        return (ord(last) - ord(_FIRST)) % 28
    return _SPOKEN_CODAS.get(last.lower(), 0)


def coda_class(word: str) -> int:
    """0 where `word` ends in a vowel, 1 in ㄹ, 2 in another consonant: all that particles ask for.

    >>> [coda_class(word) for word in ("민수", "서율", "민석")]
    [0, 1, 2]
    """
    ending = coda(word)
    return 1 if ending == RIEUL else 2 * bool(ending)


def within_ending(line: str, start: int, end: int) -> bool:
    """Whether the word that begins at `start` ends as verbs of a dialect do, and ``line[start:end]`` has part of that.

    >>> [within_ending("하는 기지예", 3, 6), within_ending("저는 민수라예", 3, 5)]
    [True, False]
    """
    word = line[start:end] + tail_of(line, end)
    ending = DIALECT_VERB.search(word)
    return ending is not None and ending.start() < end - start


def agreeing(pair: tuple[str, str], word: str) -> str:
    """The member of `pair` that follows `word`.

    >>> agreeing(("으로", "로"), "서울"), agreeing(("은", "는"), "[이름2]")
    ('로', '는')
    """
    closed, opened = pair
    ending = coda(word)
    if ending == RIEUL and closed.startswith("으로"):
        return opened
    return closed if ending else opened


def is_hangul(character: str) -> bool:
    """Whether it is one composed syllable."""
    return _FIRST <= character <= _LAST


def is_natural(stand_in: str) -> bool:
    """Whether a stand-in reads as a name, not as a code (참여자1, [이름2]): Hangul and spaces alone."""
    return bool(stand_in) and all(is_hangul(character) or character == " " for character in stand_in)


def occurrences(text: str, part: str) -> Iterator[tuple[int, int]]:
    """``(start, end)`` of every place of `part` in `text`, none overlapping; of nothing there is none."""
    at = text.find(part) if part else -1
    while at >= 0:
        yield at, at + len(part)
        at = text.find(part, at + len(part))


def tail_of(text: str, at: int) -> str:
    """The rest of the word at `at`: the Hangul up to the next space, digit or mark."""
    end = at
    while end < len(text) and is_hangul(text[end]):
        end += 1
    return text[at:end]


@lru_cache(maxsize=4096)
def is_tail(rest: str) -> bool:
    """Whether `rest` can follow a noun within its word: nothing, particles, the suffix 이, a form of the copula.

    >>> [is_tail(rest) for rest in ("", "한테는", "이라고", "이거든요", "학교")]
    [True, True, True, True, False]
    """
    return not rest or _TAIL.fullmatch(rest) is not None


def is_vocative(name: str, rest: str) -> bool:
    """Whether `rest` is the vocative particle that `name` takes: 민석아, 민수야."""
    return rest == agreeing(("아", "야"), name)


def agrees(name: str, rest: str) -> bool:
    """Whether the particles in `rest` are those that follow `name`'s coda; the suffix 이 counts after a coda.

    >>> agrees("민석", "이가"), agrees("민수", "는"), agrees("보라", "이다"), agrees("민수", "은행")
    (True, True, False, False)
    """
    if not is_tail(rest):
        return False
    if not rest or re.match(_FREE, rest):
        return True
    if coda(name) == RIEUL and rest.startswith("로"):
        return True
    if coda(name):
        return rest.startswith(_CLOSED) or rest.startswith(("이", "인", "입", "일"))
    return rest.startswith(_OPEN) or rest.startswith(("인", "입", "에요", "여요", "이에요", "셨", "세요"))


def repaired(stand_in: str, rest: str) -> str:
    """`rest`, which followed a name, as it follows `stand_in`: other particles where the coda asks for them.

    The suffix 이 goes (지훈이가 → [이름2]가): a code takes none. Vocative 아/야 stays a vocative. A `rest` that is no
    particle (과장님이) stays as it is.

    >>> repaired("[이름1]", "이는"), repaired("[이름2]", "으로"), repaired("[이름1]", "과장님")
    ('은', '로', '과장님')
    """
    for pair, pattern in _COPULAS:
        if match := pattern.fullmatch(rest):
            return agreeing(pair, stand_in) + match[1]
    if not is_tail(rest):
        return rest
    if rest in {"아", "야"} or rest.startswith(("야야", "아아")):
        return agreeing(("아", "야"), stand_in) + rest[1:]
    rest = _without_suffix(rest)
    if rest.startswith(("이야", "야")) and not rest.startswith(("이야말로", "야말로")):
        return agreeing(("이야", "야"), stand_in) + rest.removeprefix("이").removeprefix("야")
    for pair in PAIRS:
        for form in pair:
            if rest.startswith(form) and not re.match(_FREE, rest) and _is_whole(pair, rest[len(form) :]):
                return agreeing(pair, stand_in) + rest[len(form) :]
    return rest


def _is_whole(pair: tuple[str, str], after: str) -> bool:
    """Whether the pair is meant though `after` follows: behind 이 or 가 hardly anything does, 이신데 is the copula."""
    return pair != ("이", "가") or after in {"", "요", "유", "예", "야"}


_SUFFIX = re.compile(
    "이(?=가|는|를|도|만|의|네(?!요)|들|한테|한티|에게|께|하고|하구|허고|보고|보다|부터|까지|처럼|같이|밖에|말고|더러|마저|조차|씨|님"
    "|랑은)"
)
_SUFFIX_BEFORE = re.compile("이(?=와|로|에(?![요유여])|서(?![가-힣]))")
"""More of what shows it, where there is surely a name."""


def _without_suffix(rest: str) -> str:
    """`rest` without the suffix 이 where what follows shows that it is one (지훈이는, 영희이가; never 지훈이라고)."""
    return rest[1:] if _SUFFIX.match(rest) or _SUFFIX_BEFORE.match(rest) else rest


def has_suffix(rest: str) -> bool:
    """Whether `rest` begins with the suffix 이 of personal names: 이 before a particle that no word in a coda takes.

    >>> has_suffix("이가"), has_suffix("이한테"), has_suffix("이라고"), has_suffix("이")
    (True, True, False, False)
    """
    return bool(_SUFFIX.match(rest)) and is_tail(rest)


def composed(text: str) -> tuple[str, tuple[int, ...]]:
    """`text` in NFC, and for each of its offsets (end included) the offset in the text as given.

    >>> composed("\\u1100\\u1161a")
    ('가a', (0, 2, 3))
    """
    if unicodedata.is_normalized("NFC", text):
        return text, tuple(range(len(text) + 1))
    parts: list[str] = []
    offsets: list[int] = []
    start = 0
    for end in range(1, len(text) + 1):
        if end < len(text) and _joins(text[start:end], text[end]):
            continue
        part = unicodedata.normalize("NFC", text[start:end])
        parts.append(part)
        offsets.extend([start] * len(part))
        start = end
    return "".join(parts), (*offsets, len(text))


def evened(text: str) -> tuple[str, tuple[int, ...]]:
    """`composed`, with one space for every run of white space: what recognizers read, and where it stands in `text`.

    >>> evened("박  과장님")
    ('박 과장님', (0, 1, 3, 4, 5, 6))
    """
    whole, offsets = composed(text)
    kept = [at for at, sign in enumerate(whole) if not (sign.isspace() and at and whole[at - 1].isspace())]
    even = "".join(" " if whole[at].isspace() else whole[at] for at in kept)
    return even, (*(offsets[at] for at in kept), offsets[-1])


def _joins(before: str, character: str) -> bool:
    """Whether `character` composes with what stands before it."""
    if unicodedata.combining(character):
        return True
    return len(unicodedata.normalize("NFC", before + character)) < len(unicodedata.normalize("NFC", before)) + 1
