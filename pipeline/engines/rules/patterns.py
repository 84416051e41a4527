"""Recognizer: identifiers with a shape, said or written: telephone, resident number, e-mail, birth date, address.

Korean speakers read digits one by one (공일공에 이삼사오에 육칠팔구) and recognizers of speech write them as words, as
digits, or mixed. The check digit of a resident number is never asked for: it is misheard, and numbers given since
October 2020 have none. Six digits are a birth date only near a word of birth. Scores: whole shapes .9, parts of one
near a word that announces them .7, such parts after an announcement in the line before .6.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from pipeline.engines.rules.fluent import readings
from pipeline.finding import Labelled
from pipeline.lexicon import Lexicon, lexicon
from pipeline.people import Entry
from pipeline.spelled import BEFORE_NOUNS, DIGITS, HEARD_DIGITS, LETTERS, MONTHS, NATIVE, ZEROS, years
from pipeline.transcript import Finding, Label

D = f"[0-9{HEARD_DIGITS}]"
"""A digit, written or said."""
_SAID_DIGIT = f"[{HEARD_DIGITS}]"
GAP = r"(?:\s?(?:에|의|다시|대시|하이픈)?[\s.·,\-–—)]{0,3})"
"""What stands between groups of digits."""
_EDGE = r"(?<![0-9가-힣])"
_SAID = f"[{DIGITS}{ZEROS}]"
_NO_QUANTITY = "(?![0-9년월일원명번살개시분])"
_NUMBER = rf"(?:\d+|[{DIGITS}]?(?:천|백|십)[{DIGITS}천백십]*)"
"""A number, in digits or in words; in words only with a power of ten, for 이사 is a word."""

_MOBILE = rf"{_EDGE}[0공영빵][1일][016789공영빵일육륙칠팔구]"
_PHONES = (
    re.compile(r"(?<![0-9])(?:\+?82\s?[-.]?\s?)?0?1[016789][-.\s)]{0,2}\d{3,4}[-.\s]{0,2}\d{4}(?!\d)"),
    re.compile(r"(?<![0-9])0(?:2|[3-6][1-5]|70|50\d)[-.\s)]{0,2}\d{3,4}[-.\s]{0,2}\d{4}(?!\d)"),
    re.compile(r"(?<![0-9])1[568]\d\d[-.\s]{1,2}\d{4}(?!\d)"),
    re.compile(rf"{_MOBILE}{GAP}{D}{{3,4}}{GAP}(?:{D}{{3,4}}|(?:{D}\s){{3}}{D})(?![0-9])"),
    re.compile(
        rf"{_EDGE}[0공영빵](?:[2이]|[3삼4사5오6육][1-5일이삼사오]|[7칠][0공영]){GAP}{D}{{3,4}}{GAP}{D}{{4}}(?![0-9])"
    ),
    re.compile(rf"{_EDGE}(?:{D}\s(?:다시\s)?){{9,10}}{D}(?![0-9])"),
    re.compile(r"(?<!\d)0(?:\s?\d){9,10}(?!\d)"),
    re.compile(rf"[공영빵]일[공육칠팔구]{_SAID_DIGIT}{{7,8}}"),  # glued to the word before
    re.compile(rf"{_MOBILE}{GAP}{D}{{3,4}}(?=까지|만\s|뭐|로\s시작)"),
    re.compile(rf"{_EDGE}[0공영빵][1일][0공영빵](?:에\s?|\s|-){D}{{2,4}}(?=[\s,.]|$|이?[고에였]|까지|거기)"),  # begun
)
_PHONE_WORDS = re.compile(
    r"전화|번호|연락처|핸드폰|휴대폰|폰|뒷자리|뒷번호|뒤에만|끝자리|가운데|카톡|집전화|내선|문자|국번"
)
_PHONE_PART = re.compile(
    rf"{_EDGE}(?:{D}{{3,4}}{GAP}{D}{{4}}|\d{{4}}|{_SAID_DIGIT}{{4}}|(?:{D}\s){{3}}{D}){_NO_QUANTITY}"
)
_EXCHANGE = re.compile(rf"국번[이은]?\s?({D}{{3,4}}(?:{GAP}{D}{{4}})?)(?![0-9])")

_RRN = re.compile(rf"(?<![0-9]){D}{{6}}{GAP}(?:{D}(?:\s?{D}){{6}}|[1-8일이삼사오육칠팔][\s]?[*x○]{{3,6}})(?![0-9])")
_RRN_GROUPED = re.compile(rf"{_EDGE}{D}{{2}}\s{D}{{2}}\s{D}{{2}}{GAP}{D}(?:\s?{D}){{6}}(?![0-9])")
_RRN_BEGUN = re.compile(rf"{_EDGE}{D}{{6}}\s?(?:다시|에|-|하이픈|대시)\s?{D}{{1,6}}(?![0-9가-힣]{{4}})")
_RRN_SPACED = re.compile(
    rf"{_EDGE}{D}{{2}}\s?(?:{D}{{2}}|십{D}?)\s?(?:{D}{{2}}|[이삼]?십{D}?){GAP}{D}(?:{GAP}{D}){{1,6}}(?![0-9])"
)
_RRN_SHORT = re.compile(rf"{_EDGE}{D}(?:\s?{D}){{3,6}}{_NO_QUANTITY}")
_RRN_TOLD = re.compile("주민|등록번호|민증|앞번호|앞자리")
_RRN_WORDS = re.compile(r"주민|등록번호|민증|신분증|뒷자리|뒤에\s?자리")
_RRN_PART = re.compile(rf"{_EDGE}{D}{{7}}(?![0-9])")

_EMAIL = re.compile(r"[A-Za-z0-9._%+\-]+\s?@\s?[A-Za-z0-9\-]+(?:\s?\.\s?[A-Za-z0-9\-]+)+")
_LETTER = rf"{LETTERS}|언더바|언더스코어|점|쩜|닷|하이픈|대시|[A-Za-z0-9._\-{ZEROS}{DIGITS}십백천]"
_AT = r"\s?(?:골뱅이|앳|엣)\s?"
_DOT = r"\s?(?:점|쩜|닷|\.)\s?"
_KR = r"(?:케이\s?알|kr)"
_TOP = rf"(?:컴|콤|com|넷|net|오알지|org|(?:씨\s?오|코|co|에이\s?씨|에이씨|ac){_DOT}{_KR}|{_KR})"
_SPOKEN_EMAIL = re.compile(
    rf"(?:[가-힣]{{1,8}}\s(?=(?:언더바|하이픈|대시|{D}{{2,}})\s)|(?:언더바|하이픈|대시)\s[가-힣]{{1,8}}\s(?=언더바|하이픈|대시))*"
    rf"(?:(?:{_LETTER}){{1,24}}\s){{0,12}}[A-Za-z0-9._가-힣]{{1,30}}{_AT}"
    rf"(?:[A-Za-z가-힣]{{1,12}}{_DOT}{_TOP}|네이버|지메일|쥐메일|구글|다음|한메일|네이트|핫메일|[A-Za-z]{{3,}})"
)
_EMAIL_BEGUN = re.compile(rf"(?<![가-힣A-Za-z])(?:(?:{_LETTER})+\s){{1,12}}(?:{_LETTER})+\s?골뱅이(?=\s|$|까지|인데)")

_YEAR = rf"(?:[0-9]{{2,4}}|{years(_SAID)})"
_MONTH = rf"(?:[0-9]{{1,2}}|{MONTHS}|육)"  # 육월 is no word, but said
_DAY = rf"(?:[0-9]{{1,2}}|(?:[이삼]\s?)?십(?:\s?[{DIGITS}](?=\s?일))?|[{DIGITS}])"
_MONTH_DAY = rf"{_MONTH}\s?월\s?(?:{_DAY}\s?일|[이삼]?십\s?며칠)"
_LUNAR_DAY = (
    "초파일|(?:열|스무)(?:하루|이틀|사흘|나흘|닷새|엿새|이레|여드레|아흐레)|칠석날?|단옷날|단오|하룻날|하루|이튿날|이틀|사흗날|사흘|나흗날|나흘|닷샛날|닷새|엿샛날|엿새|이렛날|이레|여드렛날|여드레|아흐렛날|아흐레"
    "|열[가-힣]{1,3}날|열흘날|열흘|보름날|보름|그믐날|그믐|스무[가-힣]{0,3}날"
)
_LUNAR_MONTH = rf"(?:정월|동짓달|섣달|{_MONTH}\s?월)"
_SEXAGENARY = "[갑을병정무기경신임계][자축인묘진사오미신유술해]"
_YEAR_OF = rf"(?:{_YEAR}\s?년도?|{_SEXAGENARY}년)"
_LUNAR = rf"(?:[가-힣]{{1,2}}띠\s?)?{_LUNAR_MONTH}(?:\s?초?(?:{_LUNAR_DAY}))?"
_DATE = re.compile(
    rf"{_EDGE}(?:{_YEAR_OF}\s?{_MONTH_DAY}|{_YEAR_OF}\s?{_LUNAR}|(?:19|20)\d\d\s?[./\-]\s?\d{{1,2}}\s?[./\-]\s?\d{{1,2}}"
    rf"|{_MONTH_DAY}|{_LUNAR_MONTH}\s?초?(?:{_LUNAR_DAY})|{_YEAR_OF}\s?{_MONTH}\s?월)"
)
_SIX = re.compile(
    rf"{_EDGE}(?:{D}{{6}}(?![0-9년월원명])|{D}{{2}}\s{D}{{2}}\s{D}{{2}}(?![0-9년월원명]|(?!이[요에고]|입|인)[가-힣])|\d\d[./\-]\d\d[./\-]\d\d(?!\d))"
)
_FOUR = re.compile(rf"{_EDGE}(?:[0공영]{D}|[1일][0-2공영일이])[0-3공영일이삼]{D}{_NO_QUANTITY}")
_BIRTHDAY = re.compile("생일|생년|태어난 날")
_BORN_YEAR = re.compile(
    rf"{_EDGE}{_YEAR}\s?년\s?(?:[가-힣]{{1,2}}띠\s?)?(?:{_MONTH}\s?월\s?)?생(?![각활기겨])(?:\s{_MONTH}\s?월(?:\s?(?:초|말|중순|{_DAY}\s?일))?)?"
)
_BORN_AFTER = re.compile(r"\s?생(?![각활기겨])")

_UNIT = (
    "(?:특별자치시|특별자치도|특별시|광역시|자치시|시|군|구|읍"
    "|(?<![으려하시되보주오나])면|동|리|[로동][1-9일이삼사오육칠]가)"
)
_PROVINCE = (
    "서울|부산|대구|인천|광주|대전|울산|세종|경기도?|강원도?|충[북남]|전[북남]|경[북남]|제주도?|[가-힣]{2}[북남]도"
)
_REGION = rf"(?:(?:{_PROVINCE}|[가-힣]{{1,4}}{_UNIT})\s)"
_ESTATE = (
    "아파트|빌라|빌|맨션|타운|오피스텔|주공|고시원|고시텔|원룸|하우스|연립|하이츠|캐슬|팰리스|파크"
    "|자이|푸르지오|래미안|힐스테이트"
)
_FLAT = rf"(?:{_NUMBER}|{_SAID}{{3,4}})"
_HUNDREDS = f"[{DIGITS}]?[천백][{DIGITS}십백]*"
_BLOCK = "[가나다라A-Fa-f]|에이|비|씨|디"
_FLOOR = "(?:반지하|지하|옥탑방?|[일이삼사]층)"
_ROOM = (
    rf"(?:,?\s?(?:[가-힣A-Za-z]{{2,8}}(?:{_ESTATE}|단지)\s)?(?:지하\s?)?(?:{_FLAT}|[가나다라A-Fa-f])\s?"
    r"(?:동|호실|호(?!선)|층|번지|통|반|단지)(?![가-힣]*(?:대|산|장|당)))"
)
_NO_COUNTER = (
    r"(?!\d)(?!\s?(?:번(?!지|길)|시|년|월|일|명|개|회|주|분|달|살|원|차|등|위"
    "|호선|학년|교시|킬로|미터|퍼센트|프로|만|천|백))"
)
_ROAD = rf"[가-힣0-9]{{1,8}}(?:대로|(?<!으)로|길)\s?(?:{_NUMBER}\s?번?가?길\s?)?"
_PLOT = rf"(?:{_NUMBER}|{_SAID}{{2,4}})"
_SUBPLOT = rf"(?:{_NUMBER}|{_SAID}{{1,3}})"
_LOT = rf"{_PLOT}\s?(?:다시|에|-)\s?{_SUBPLOT}"
_COUNT = rf"(?:\d{{1,4}}|[{DIGITS}십백천{ZEROS}]{{1,7}})"
_SUB = rf"(?:\s?(?:다시|-|에)\s?{_COUNT})?(?:\s?번지)?(?:\s?(?:반지하|지하|옥탑방?|{_COUNT}\s?층))?"
_NUMBER_ENDS = r"(?=이[에요고다래라]|이$|예|입|인데|이?라|요|에\s?(?:살|있|사는)|까지|$|[\s,.])"
_STREET = r"(?<![가-힣])[가-힣]{2,8}[0-9]?"
_ON_STREET = rf"{_REGION}{{0,4}}{_STREET}(?:로|길)"
_ANY = rf"(?:{_COUNT}(?:\s[{DIGITS}십백천{ZEROS}]{{1,4}}){{0,2}}|{_BLOCK})"
_OF_ESTATE = (
    rf"(?:\s?(?:지하\s?)?(?:{_ANY}\s?(?:동|층|단지)|[비A-Fa-f]\s)){{0,3}}\s?(?:지하\s?)?{_ANY}\s?(?:호실|호)(?!선|차)"
)
_TEENS = f"열(?:{'|'.join(NATIVE | BEFORE_NOUNS)})?"
_HOME = re.compile(
    "주소|우편|등기|택배|전입|살[아았던고다지]|사는|사시|호수|벨|현관|이사|우리 집|저희 집|자취|월세|전세"
)
_ALONE = re.compile(
    rf"{_EDGE}(?:\d{{3,4}}|{_HUNDREDS}|{_SAID}{{3,4}})\s?호(?=(?:로|에|여|라)?(?:\s|$)|[요이예])"
    rf"|(?<![가-힣])[가-힣]{{2,7}}(?:로|길)\s(?:\d{{1,3}}|[{DIGITS}]?십[{DIGITS}]?)(?=\s|$|[에으로요이])"
)
"""A flat, or a house in a street, without the rest; both may be something else where nobody speaks of a home."""
_ADDRESSES = (
    re.compile(
        rf"{_REGION}{{0,4}}(?:[가-힣A-Za-z0-9]{{1,10}}?|[가-힣]{{2,6}}\s(?:{_COUNT}차\s)?)(?:{_ESTATE})(?:\s?{_COUNT}차)?{_OF_ESTATE}"
    ),
    re.compile(rf"{_EDGE}(?:{_COUNT}|{_BLOCK})\s?동\s{_COUNT}\s?호(?!선|기|점|차)"),
    re.compile(rf"{_ON_STREET}\s{_ANY}\s?번길\s?(?:{_TEENS}|{_ANY})(?=\s|$|이|에|으|요)"),
    re.compile(
        rf"{_ON_STREET}\s{_COUNT}(?:\s[{DIGITS}])?(?:\s?다시\s?{_COUNT})?(?:\s?{_COUNT}\s?(?:층|호)(?!선)|\s열[가-힣]{{0,2}}\s호){{1,3}}"
    ),
    re.compile(rf"{_ON_STREET}\s?{_COUNT}\s?번?가?길\s?{_COUNT}(?!\s?번){_SUB}{_ROOM}*{_NUMBER_ENDS}"),
    re.compile(
        rf"{_ON_STREET}\s{_COUNT}"
        rf"(?:\s?(?:다시|-)\s?{_COUNT}(?:\s?번지)?|\s?번지|\s(?:반지하|지하|옥탑방?)|\s[가-힣]{{2,6}}(?:{_ESTATE})){_SUB}{_ROOM}*"
    ),
    re.compile(rf"{_REGION}{{0,4}}{_STREET}길\s{_COUNT}(?=\s(?:여기|거기)|이에요|예요|입니다|이고요?\s|인데)"),
    re.compile(rf"(?<![가-힣])산\s?(?:{_NUMBER}|{_COUNT})\s?번지"),
    re.compile(rf"(?<![가-힣])(?:에이|비|씨|디|이|[A-Fa-f])\s?동\s?{_COUNT}\s?호(?!선|기|점)"),
    re.compile(rf"{_EDGE}(?:\d{{3,4}}|{_HUNDREDS})\s?호\s?(?:에\s?)?(?=사는|살)"),
    re.compile(rf"{_REGION}{{1,4}}{_LOT}(?:\s?번지)?(?:\s?{_FLOOR})?{_ROOM}*"),
    re.compile(
        rf"{_REGION}{{0,4}}[가-힣0-9]{{1,8}}(?:대로|(?<!으)로|길)\s?(?:{_NUMBER}\s?번?가?길\s(?:{_NUMBER}|{_SAID}(?=이[에고요]|호|번|\s|,|$)|{_SAID}{{2,4}})|{_LOT}\s?번지|{_PLOT}\s?번지)"
        rf"(?:\s?(?:다시|에|-)\s?{_SUBPLOT})?(?:\s{_FLOOR})?{_ROOM}*"
    ),
    re.compile(rf"{_REGION}{{0,4}}[가-힣A-Za-z]{{1,10}}(?:{_ESTATE})\s?{_FLAT}\s?(?:호실|호(?!선))"),
    re.compile(
        rf"{_REGION}{{0,4}}{_ROAD}(?:\d+{_NO_COUNTER}|{_NUMBER}(?:번지|호(?!선)))(?:\s?(?:-|다시)\s?\d+)?(?:번지)?{_ROOM}*"
    ),
    re.compile(rf"{_REGION}{{1,4}}(?:산\s?)?{_PLOT}(?:\s?(?:-|다시|에)\s?{_SUBPLOT})?\s?번지{_ROOM}*"),
    re.compile(rf"{_REGION}{{0,4}}[가-힣A-Za-z]{{1,10}}\s?(?:{_ESTATE})?(?<!\s)\s?{_ROOM}{_ROOM}"),
    re.compile(rf"{_EDGE}(?:{_FLAT}|{_BLOCK})\s?동\s?{_FLAT}\s?호"),
)
_SHAPES: tuple[tuple[Label, float, re.Pattern[str], tuple[re.Pattern[str], ...]], ...] = (
    (Label.EMAIL, 0.9, re.compile("@"), (_EMAIL,)),
    (Label.EMAIL, 0.9, re.compile("골뱅이|앳|엣"), (_SPOKEN_EMAIL, _EMAIL_BEGUN)),
    (Label.RRN, 0.9, re.compile(rf"{D}{{2}}"), (_RRN, _RRN_GROUPED, _RRN_BEGUN)),
    (Label.PHONE, 0.9, re.compile(rf"{D}\s?{D}"), _PHONES),
    (Label.ADDRESS, 0.85, re.compile(rf"\d|호|번지|번길|다시|[로길동리면읍]\s?[{DIGITS}십백천]"), _ADDRESSES),
)
"""Label, score, what a line must have before it is worth looking, shapes."""


@dataclass(frozen=True)
class Patterns:
    """Satisfies `Recognizer`."""

    words: Lexicon
    name: str = "patterns"

    def __call__(self, lines: tuple[str, ...], known: tuple[Entry, ...]) -> tuple[Finding, ...]:
        """Everything with the shape of an identifier. `known` plays no part."""
        return tuple(
            Finding(number, start, end, label, score, self.name)
            for number, line in enumerate(lines)
            for start, end, label, score in dict.fromkeys(self._meant(line, lines[number - 1] if number else ""))
        )

    def _meant(self, line: str, before: str) -> Iterator[Labelled]:
        """In the line as it was said, and as it was meant."""
        yield from self._line(line, before)
        for meant in readings(line):
            for start, end, label, score in self._line(meant.text, before):
                yield *meant.said(start, end), label, score

    def _line(self, line: str, before: str) -> Iterator[Labelled]:
        for label, score, needs, shapes in _SHAPES:
            if needs.search(line):
                yield from ((*_trimmed(match), label, score) for shape in shapes for match in shape.finditer(line))
        yield from self._births(line, before)
        yield from _parts(line, before, _RRN_PART, _RRN_WORDS, Label.RRN)
        for part in (_RRN_SPACED, _RRN_SHORT):
            yield from _parts(line, "", part, _RRN_TOLD, Label.RRN)
        yield from _parts(line, "", _ALONE, _HOME, Label.ADDRESS, 0.5)
        yield from _parts(line, before, _PHONE_PART, _PHONE_WORDS, Label.PHONE)
        yield from ((*match.span(1), Label.PHONE, 0.7) for match in _EXCHANGE.finditer(line))

    @cached_property
    def _birth_words(self) -> re.Pattern[str]:
        return re.compile("|".join(sorted(map(re.escape, self.words.birth_words))))

    def _births(self, line: str, before: str) -> Iterator[Labelled]:
        for match in _BORN_YEAR.finditer(line):
            yield *_trimmed(match), Label.DOB, 0.7
        for match in _DATE.finditer(line):
            born = _BORN_AFTER.match(line, match.end())
            if born:
                yield match.start(), born.end(), Label.DOB, 0.9
        yield from _parts(line, "", _FOUR, _BIRTHDAY, Label.DOB)
        for pattern, score in ((_DATE, 0.9), (_SIX, 0.75)):
            yield from _parts(line, before, pattern, self._birth_words, Label.DOB, score)


def _parts(
    line: str, before: str, part: re.Pattern[str], announced: re.Pattern[str], label: Label, score: float = 0.7
) -> Iterator[Labelled]:
    """Matches of `part` within 30 code points of a word that announces them, or after one in the line `before`."""
    for match in part.finditer(line):
        start, end = _trimmed(match)
        if announced.search(line, max(0, start - 30), min(len(line), end + 20)):
            yield start, end, label, score
        elif announced.search(before):
            yield start, end, label, 0.6


def _trimmed(match: re.Match[str]) -> tuple[int, int]:
    text = match.group()
    start = match.start() + len(text) - len(text.lstrip())
    return start, start + len(text.strip(" ,.-–—"))


def patterns() -> Patterns:
    """The recognizer with the house's lexicon."""
    return Patterns(lexicon())
