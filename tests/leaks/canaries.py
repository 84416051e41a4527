"""Invented talk in which every recognizer has names that only it can find. All people and places are invented."""

from __future__ import annotations

PARTICIPANT, INTERVIEWER, NICKNAME = "탁하윤", "옹채린", "도깨비"
LATER = "육해솔"
"""Somebody on the sheet who is first named by a reviewer's correction."""

LISTED = (PARTICIPANT, INTERVIEWER, LATER)

ONLY_FOUND_BY: dict[str, tuple[tuple[str, str], ...]] = {
    "roster": ((NICKNAME, "그때 도깨비가 도와줬어요"),),
    "patterns": (
        ("팔육이사", "번호는 공일공 구칠오삼에 팔육이사예요"),
        ("hyt8841@example.com", "주소가 hyt8841@example.com이에요"),
    ),
    "places": (
        ("반딧불클럽하우스", "반딧불클럽하우스에 다녔어요"),
        ("뚝섬꽃클럽하우스", "뚝섬꽃클럽하우스는 멀어요"),
    ),
    "titles": (("무지개빛", "무지개빛 씨는 착했어요"),),
    "introductions": (("고드름", "별명이 고드름이었어요"),),
    "vocatives": (("울막", "울막이를 봤어요"),),
    "kiwi": (("제갈린", "제갈린도 그랬어요"), ("나혜윰", "나혜윰이 그랬어요")),
    "mecab": (("나이로비", "나이로비가 좋대요"), ("베이루트", "베이루트도 있었고요")),
    "context": (("하무진", "하무진도 그랬어요"), ("두식", "두식한테 전화했어요")),
    "rejoined": (("모람솔", "모람솔 복지관이 멀어요"), ("늘해랑", "늘해랑 교회에 갔어요")),
    "variants": (("턱하윤", "턱하윤은요"), ("육해설", "육해설은 지금")),
    "begun": (("옥덕", "옥덕 그러니까 옥덕팔 과장님이 왔어요"),),
    "again": (("도토리", "도토리가 왔어요"),),
}
"""Recognizer → (name, a line with it). One name of each must be found by nobody else."""

ANNOUNCED = ("도토리", "별명이 도토리였어요")
"""What makes `again` look for that name elsewhere: without a particle or a title it is a word like another there."""

SAID: tuple[tuple[str, str], ...] = (
    ("A", f"안녕하세요 저는 {INTERVIEWER}입니다"),
    ("B", f"네 저는 {PARTICIPANT}이라고 합니다"),
    ("A", "편하게 말씀해 주세요"),
    *(("B", line) for lines in ONLY_FOUND_BY.values() for _, line in lines),
    ("A", "그러셨군요"),
    ("B", ANNOUNCED[1]),
    ("A", "네 고맙습니다"),
)
"""(voice, words)."""

NAMES = (*LISTED, *(name for found in ONLY_FOUND_BY.values() for name, _ in found))
"""All that nobody may find anywhere."""
