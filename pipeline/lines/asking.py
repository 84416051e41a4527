"""How Korean asks, and how it only acknowledges: the forms by which an utterance is known. Standard library only.

Recognizers of speech often leave the question mark out, so that the ending must tell: 까요, 나요, 은가요. An
honorific ending (하세요, 하셨어요) also tells of a third person (선생님이 도와주세요): without a mark it asks only
beside a question word, in a request to tell, or where it is seldom said of others (있으세요, 괜찮으세요).
"""

from __future__ import annotations

import re

from pipeline.korean import RIEUL, coda

NIEUN, BIEUP = 4, 17
"""The codas ㄴ and ㅂ."""

_MARKS = re.compile(r"[\s.,!?…~\"'“”‘’()·]+")
_ASKING = re.compile(r"(?:나요|[다라]면요|[는을신인]지요|[시셨]죠|[시셨]지요|(?:[있없]|괜찮)으(?:세요|셔요|셨어요))$")
_HONORIFIC = re.compile(r"(?:[세셔]요|셨어요|셨는데요|시는데요|시겠어요|시는 거예요|셨던 거예요)$")
_QUESTION_WORD = re.compile(
    r"(?:^|\s)(?:어떤|어떻게|어땠|어떠|어때|어디|어느|누가|누구|무엇|무슨|뭘|뭐가|뭐를|뭐라|언제|왜|얼마나|몇|얼만큼)"
)
_TELL_ME = re.compile(
    r"(?:말씀|이야기|얘기|설명|소개|들려|묘사|예를).{0,14}"
    r"(?:주세요|주셔요|주시겠|주실|주십시오|부탁드|부탁합|듣고 싶|나눠 볼|나눠볼|해 보세요|해보세요)"
    r"|(?:여쭤|여쭙|질문)[가-힣 ]{0,8}(?:볼게요|볼께요|보겠습니다|겠습니다|보고 싶|게요|드릴게요|싶은데요|싶습니다)"
)
_REFLECTING = re.compile(r"(?:군요|구나|구요|네요)$")
_SUPPOSING = re.compile(r"[시셨]겠(?:어요|네요|습니다|는데요)$")
_HONOURING = re.compile(
    r"(?<!안녕)[가-힣](?:[세셔]요|셨|시는|시죠|시지|시나|시겠|십니|시던|시면|신가)|(?:하|되|느끼|겪으)신"
)
_HUMBLE = re.compile(r"(?:^|\s)(?:저는|저도|저를|저한테|저에게|저의|전|제가|제|제게|저랑|저만|저희[가-힣]*)(?=\s|$)")

_ACKNOWLEDGEMENT = re.compile(
    r"네+|예+|넵|으?음+|흠+|아+|어+|응+|오+|아하|그렇죠|그쵸|그죠|그럼요|그렇군요|그러네요|그래요|그러셨군요|그랬군요"
    r"|그렇구나|그러게요|맞아요|맞습니다|알겠습니다|정말요|진짜요"
)
"""A word by which a listener says no more than: I hear you."""


def bare(text: str) -> str:
    """`text` without marks, its words one space apart.

    >>> bare("네, 그래요?  정말")
    '네 그래요 정말'
    """
    return _MARKS.sub(" ", text).strip()


def asks(text: str) -> bool:
    """Whether `text` asks, or asks to be told, with or without a question mark.

    >>> asks("언제 오셨어요"), asks("선생님이 도와주셨어요"), asks("편하게 말씀해 주세요"), asks("그러셨군요?")
    (True, False, True, False)
    """
    said = bare(text)
    if reflects(said):
        return False
    if text.rstrip(" \"'”’)").endswith("?") or _ends_as_question(said) or _TELL_ME.search(said):
        return True
    return bool(_HONORIFIC.search(said) and _QUESTION_WORD.search(said))


def _ends_as_question(said: str) -> bool:
    """Whether the last word has an ending that only questions have: 할까요, 합니까, 인가요, 했나요.

    >>> [_ends_as_question(word) for word in ("할까요", "합니까", "하니까", "좋은가요", "집에 가요", "아까")]
    [True, True, False, True, False, False]
    """
    stem = said.removesuffix("요")
    if stem.endswith("까"):
        return coda(stem[-2:-1]) == RIEUL or (stem.endswith("니까") and coda(stem[-3:-2]) == BIEUP)
    if said.endswith("가요"):
        return coda(stem[-2:-1]) == NIEUN
    return bool(_ASKING.search(said))


def reflects(text: str) -> bool:
    """Whether `text` ends as one who gives back what was heard (그러셨군요, 힘드셨네요): it asks nothing.

    >>> reflects("많이 힘드셨군요."), reflects("많이 힘드셨나요?")
    (True, False)
    """
    return bool(_REFLECTING.search(bare(text)))


def acknowledges(text: str) -> bool:
    """Whether `text` is nothing but a listener's words.

    >>> acknowledges("아, 네."), acknowledges("네 제가요")
    (True, False)
    """
    words = bare(text).split()
    return bool(words) and all(_ACKNOWLEDGEMENT.fullmatch(word) for word in words)


def addresses(text: str) -> int:
    """How many honorific predicates `text` has, where its ending shows that they are meant for the listener.

    >>> addresses("어떻게 지내셨어요?"), addresses("힘드셨겠네요"), addresses("어머니가 올라오셨어요")
    (1, 1, 0)
    """
    said = bare(text)
    meant = asks(text) or reflects(said) or _SUPPOSING.search(said)
    return len(_HONOURING.findall(said)) if meant else 0


def humbles(text: str) -> int:
    """How often `text` speaks of its speaker in humble form: 저는, 제가, 저희."""
    return len(_HUMBLE.findall(bare(text)))
