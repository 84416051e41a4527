"""Every error that a user can meet: what happened, what to do about it, and an exit code of its own.

::

    ChaerokError
    ├── InputError            what a person gave
    │   ├── FileMissing 10 · FileEmpty 11 · NotAudio 12 · AudioTruncated 13 · RecordingTooShort 14 · RecordingSilent 15
    │   ├── SheetInvalid 16 · StudyInvalid 17 · SettingsInvalid 18 · InterviewUnknown 19
    │   ├── ApprovalStale 20 · CorrectionsInvalid 21 · LinesInvalid 22 · ConsentMissing 23 · ReleaseBlocked 24
    │   ├── InterviewTaken 25 · TruthInvalid 26 · PartRepeated 27 · FormatClosed 28
    │   └── VoiceUnfit 29
    ├── PlaceError            where things are kept
    │   ├── DiskFull 30 · PlaceBusy 31 · PlaceUnwritable 32 · PlaceUnreachable 33 · LockLost 34
    ├── SealError             keys and sealed files
    │   ├── KeyMissing 40 · KeyWrong 41 · SealBroken 42 · IdentityInvalid 43 · PassphraseWrong 44 · CustodianExists 45
    │   └── LogBroken 46 · PersonUnknown 47 · ReasonUnfit 48 · PassphraseUnasked 49
    ├── WeightsError          network weights
    │   ├── WeightsMissing 50 · WeightsWrong 51 · WeightsUnreachable 52 · WeightsUnknown 53
    ├── AudioCopyError        the masked copy of a recording
    │   ├── MaskingOff 55 · AudioConsentMissing 56 · NameHeard 57
    ├── EngineError           foreign libraries
    │   ├── EngineUnknown 60 · EngineCrashed 61 · EngineFailed 62 · EngineMissing 63 · VoicesOutdated 64
    ├── StoreError            coding stores
    │   ├── StoreUnreachable 70 · StoreOutdated 71 · StoreRefused 72 · DatabaseUnreachable 73 · CopiesOut 78
    │   ├── LoginRefused 74 · LoginMissing 75 · ServerStrange 76 · AddressUnsafe 77
    ├── ExchangeError         files for coders' programs, and their codings back
    │   ├── ExportTaken 110 · CodingsUnreadable 111 · ProjectOpen 112 · NothingReleased 113 · CodesMissing 114
    ├── CodingError           codings and what comes of them
    │   ├── CodebookFrozen 115 · CodeInUse 116 · AnswersInvalid 117 · NothingCoded 118 · RoleUnfit 119
    │   ├── CoderUnknown 120
    ├── OrchestrationError    Prefect, and what runs by itself
    │   ├── ServerFailed 80 · StepFailed 81 · KeepsFalling 82 · VaultDamaged 83 · BackupFailed 84
    └── InboxError            the watched folder, for the time being
        ├── FileChanged 85 · InboxGone 86

    Waiting                   no error: a person's input is not there yet (exit code 0)

An error's `facts` (paths, names of settings) are for the terminal of the person who made it. They never reach Prefect:
`pipeline.steps` passes on the class, the step and the interview id alone.
"""

from __future__ import annotations

from typing import ClassVar, Literal

Language = Literal["ko", "en"]


class ChaerokError(Exception):
    """Base. `says` and `remedy` are templates by language, filled with `facts`."""

    exit_code: ClassVar[int] = 1
    says: ClassVar[dict[Language, str]] = {"ko": "오류가 났습니다.", "en": "something failed."}
    remedy: ClassVar[dict[Language, str]] = {"ko": "docs/errors.md를 보세요.", "en": "See docs/errors.md."}

    def __init__(self, **facts: object) -> None:
        """Keep `facts`; their names must be those in the templates."""
        super().__init__()
        self.facts = facts
        self.store = ""
        """The store of the study, by the name that its settings have for it, where a release could not be sent."""

    def in_language(self, language: Language) -> str:
        """One line: what happened and what to do."""
        return f"{self.says[language]} {self.remedy[language]}".format(**self.facts)

    def __str__(self) -> str:
        """The English line."""
        return self.in_language("en")


class Waiting(Exception):
    """The walk stands still until a person gives `what` (an `Artifact`'s name); exit code 0."""

    exit_code: ClassVar[int] = 0

    def __init__(self, what: str, interview: str) -> None:
        """Name the artifact that is missing and the interview; both are safe to show anywhere."""
        super().__init__(f"{interview}: waiting for {what}")
        self.what, self.interview = what, interview


class InputError(ChaerokError):
    """What a person gave cannot be used."""


class FileMissing(InputError):
    """The file is not there, is no plain file, or may not be read."""

    exit_code = 10
    says = {"ko": "파일이 없거나 읽을 수 없습니다: {path}.", "en": "no such file, or not readable: {path}."}
    remedy = {"ko": "경로와 권한을 확인하세요.", "en": "Check the path and its permissions."}


class FileEmpty(InputError):
    """The file has no bytes."""

    exit_code = 11
    says = {"ko": "빈 파일입니다: {path}.", "en": "the file is empty: {path}."}
    remedy = {"ko": "녹음기에서 다시 복사하세요.", "en": "Copy it from the recorder again."}


class NotAudio(InputError):
    """ffmpeg finds no audio in the file."""

    exit_code = 12
    says = {"ko": "소리가 들어 있지 않은 파일입니다: {path}.", "en": "no audio in this file: {path}."}
    remedy = {
        "ko": "녹음 파일(m4a, mp3, wav …)인지 확인하세요. 복사하다 끊긴 m4a도 이렇게 보이니 다시 복사해 보세요.",
        "en": "Give a recording (m4a, mp3, wav ...). An m4a whose copy was cut off looks like this too: copy it again.",
    }


class AudioTruncated(InputError):
    """The file declares more audio than it holds."""

    exit_code = 13
    says = {
        "ko": "녹음이 중간에 끊겼습니다: {path} ({declared:.0f}초 중 {found:.0f}초).",
        "en": "the recording is cut off: {path} ({found:.0f} of {declared:.0f} s).",
    }
    remedy = {
        "ko": "원본에서 다시 복사하세요. 원본도 그렇다면 ffmpeg로 다시 저장한 파일을 넣으세요.",
        "en": "Copy the original again; if the original is cut off too, re-save it with ffmpeg and give that.",
    }


class RecordingTooShort(InputError):
    """Less sound than `normalise.min_seconds`."""

    exit_code = 14
    says = {
        "ko": "녹음이 너무 짧습니다: {found:.1f}초(최소 {least:.0f}초).",
        "en": "the recording is too short: {found:.1f} s (at least {least:.0f}).",
    }
    remedy = {
        "ko": "맞는 파일인지 확인하세요. 정말 짧은 면담이면 normalise.min_seconds를 낮추세요.",
        "en": "Check that it is the right file, or lower normalise.min_seconds.",
    }


class RecordingSilent(InputError):
    """The loudest sample is below `normalise.silent_below_dbfs`."""

    exit_code = 15
    says = {
        "ko": "소리가 없는 녹음입니다(최대 {found:.0f} dBFS).",
        "en": "the recording is silent (peak {found:.0f} dBFS).",
    }
    remedy = {"ko": "마이크와 다른 트랙을 확인하세요.", "en": "Check the microphone, or another track."}


class SheetInvalid(InputError):
    """A participant sheet has a typo, an unknown key or a wrong value."""

    exit_code = 16
    says = {"ko": "참여자 시트에 오류가 있습니다: {path}: {where}.", "en": "participant sheet {path}: {where}."}
    remedy = {
        "ko": "config/example-sheet.toml과 비교해 고치세요.",
        "en": "Compare it with config/example-sheet.toml and mend it.",
    }


class StudyInvalid(InputError):
    """A study file is missing, or has a typo, an unknown key or a wrong value."""

    exit_code = 17
    says = {"ko": "연구 파일에 오류가 있습니다: {path}: {where}.", "en": "study file {path}: {where}."}
    remedy = {
        "ko": "config/example-study.toml과 비교해 고치세요.",
        "en": "Compare it with config/example-study.toml and mend it.",
    }


class SettingsInvalid(InputError):
    """A settings file has an unknown key or a wrong value."""

    exit_code = 18
    says = {"ko": "설정에 오류가 있습니다: {path}: {where}.", "en": "settings {path}: {where}."}
    remedy = {
        "ko": "config/default.toml에 모든 설정이 있습니다.",
        "en": "config/default.toml lists every setting.",
    }


class InterviewUnknown(InputError):
    """No interview with this id is in the vault, or in the store that was asked."""

    exit_code = 19
    says = {"ko": "여기에 없는 면담입니다: {interview}.", "en": "no such interview here: {interview}."}
    remedy = {"ko": "chaerok status로 목록을 보세요.", "en": "`chaerok status` lists them."}


class ApprovalStale(InputError):
    """The approval names another draft than the present one."""

    exit_code = 20
    says = {
        "ko": "{interview}: 승인한 뒤에 원고가 바뀌었습니다.",
        "en": "{interview}: the draft has changed since it was approved.",
    }
    remedy = {
        "ko": "chaerok review {interview}로 다시 보고 승인하세요.",
        "en": "Read it again (chaerok review {interview}) and approve it.",
    }


class CorrectionsInvalid(InputError):
    """A correction sheet cannot be read back: a row deleted, an id edited, an unknown decision."""

    exit_code = 21
    says = {"ko": "수정 시트를 읽을 수 없습니다: {path}: {where}.", "en": "correction sheet {path}: {where}."}
    remedy = {
        "ko": "그 줄을 되돌리거나 chaerok review로 새 시트를 만드세요.",
        "en": "Restore that row, or write a new sheet with `chaerok review`.",
    }


class LinesInvalid(InputError):
    """A JSON-lines file or a roster for `chaerok names` cannot be read."""

    exit_code = 22
    says = {"ko": "입력 파일에 오류가 있습니다: {path}: {where}.", "en": "input file {path}: {where}."}
    remedy = {
        "ko": '한 줄에 {{"id","doc","text"}} 하나씩이어야 합니다.',
        "en": 'Each line must be one {{"id","doc","text"}}.',
    }


class ConsentMissing(InputError):
    """The sheet does not say that recording and processing were consented to, or the consent has ended."""

    exit_code = 23
    says = {
        "ko": "{interview}: 녹음과 처리에 대한 동의가 없거나 끝났습니다.",
        "en": "{interview}: no consent to recording and processing, or it has ended.",
    }
    remedy = {
        "ko": "동의서를 확인하고 시트의 [consent]를 채우세요.",
        "en": "Check the consent form and fill in [consent] in the sheet.",
    }


class ReleaseBlocked(InputError):
    """This approval is not allowed: for example the demo's, in a study that is no example."""

    exit_code = 24
    says = {"ko": "{interview}: 이렇게 승인할 수 없습니다.", "en": "{interview}: cannot be approved in this way."}
    remedy = {
        "ko": "사람이 원고를 읽고 chaerok approve로 승인해야 합니다.",
        "en": "A person has to read the draft and approve it with `chaerok approve`.",
    }


class InterviewTaken(InputError):
    """The vault already holds another recording under this interview id."""

    exit_code = 25
    says = {
        "ko": "{interview}에는 이미 다른 녹음이 있습니다.",
        "en": "{interview} already has another recording.",
    }
    remedy = {
        "ko": "시트의 participant와 session을 확인하세요.",
        "en": "Check participant and session in the sheet.",
    }


class TruthInvalid(InputError):
    """A folder for `chaerok bench` has no audio with truth, or a truth cannot be read."""

    exit_code = 26
    says = {"ko": "정답을 읽을 수 없습니다: {path}: {where}.", "en": "truth {path}: {where}."}
    remedy = {
        "ko": "NAME.flac 옆에 NAME.json을 두세요: 발언마다 start, end, speaker, text.",
        "en": "Put NAME.json beside NAME.flac: a list of turns with start, end, speaker and text.",
    }


class PartRepeated(InputError):
    """Two of a session's files are the same file."""

    exit_code = 27
    says = {
        "ko": "같은 파일이 두 번 들어 있습니다: {path}, {other}.",
        "en": "the same file is given twice: {path}, {other}.",
    }
    remedy = {
        "ko": "사본을 빼고 나머지를 다시 넣으세요.",
        "en": "Leave the copy out and give the others again.",
    }


class FormatClosed(InputError):
    """A recorder's own format that ffmpeg does not read, or an archive: known by the ending of its name."""

    exit_code = 28
    says = {"ko": "채록이 읽지 못하는 형식입니다: {path}.", "en": "Chaerok does not read this format: {path}."}
    remedy = {
        "ko": "{tool} 같은 프로그램으로 열어 wav나 mp3로 꺼낸 파일을 넣으세요.",
        "en": "Open it with {tool} or the like, and give what that saves as wav or mp3.",
    }


class VoiceUnfit(InputError):
    """A recording for an interviewer's voice print that holds too little speech, or several people's."""

    exit_code = 29
    says = {
        "ko": "목소리를 등록할 수 없는 녹음입니다: {path} (말소리 {seconds}초, {people}명).",
        "en": "no recording of one voice: {path} ({seconds} s of speech, {people} heard).",
    }
    remedy = {
        "ko": "면담자 혼자 30초쯤 말한 녹음을 주세요.",
        "en": "Give a recording in which the interviewer alone speaks for half a minute.",
    }


class PlaceError(ChaerokError):
    """Something is wrong with where things are kept."""


class DiskFull(PlaceError):
    """No space left; nothing half-written stays behind."""

    exit_code = 30
    says = {"ko": "디스크에 남은 공간이 없습니다: {path}.", "en": "no space left on the disk of {path}."}
    remedy = {
        "ko": "공간을 비우고 다시 실행하세요. 이미 끝난 단계는 그대로 있습니다.",
        "en": "Free some space and run it again; finished steps are kept.",
    }


class PlaceBusy(PlaceError):
    """Another process holds the lock."""

    exit_code = 31
    says = {"ko": "다른 작업이 사용 중입니다: {what}.", "en": "in use by another process: {what}."}
    remedy = {"ko": "그 작업이 끝난 뒤 다시 실행하세요.", "en": "Run it again when that one has finished."}


class PlaceUnwritable(PlaceError):
    """A folder cannot be written."""

    exit_code = 32
    says = {"ko": "쓸 수 없는 폴더입니다: {path}.", "en": "cannot write here: {path}."}
    remedy = {
        "ko": "폴더의 권한을 확인하거나 CHAEROK_HOME을 바꾸세요.",
        "en": "Check its permissions, or set CHAEROK_HOME to another folder.",
    }


class PlaceUnreachable(PlaceError):
    """A share that is not mounted, or an object store that does not answer or refuses."""

    exit_code = 33
    says = {
        "ko": "공유 저장소에 닿을 수 없습니다: {path} ({why}).",
        "en": "cannot reach the shared place {path} ({why}).",
    }
    remedy = {
        "ko": "공유 폴더의 연결, 객체 저장소의 주소와 열쇠를 확인하세요. 끝난 단계는 그대로 있습니다.",
        "en": "Check that the share is mounted, or the object store's address and keys; finished steps are kept.",
    }


class LockLost(PlaceError):
    """This process did not renew its lease on a step in time, and another machine may have taken the step over."""

    exit_code = 34
    says = {"ko": "이 단계의 차례를 다른 컴퓨터에 넘겼습니다: {what}.", "en": "the lock on {what} was lost on the way."}
    remedy = {
        "ko": "다시 실행하세요. 저장소나 네트워크가 멈췄던 것이니 [places] locks를 쓰면 줄어듭니다.",
        "en": "Run it again. Store or network stood still too long; [places] locks makes that rarer.",
    }


class SealError(ChaerokError):
    """A key or a sealed file is not as it must be."""


class KeyMissing(SealError):
    """The identity file, or a participant's wrapped key, is not there."""

    exit_code = 40
    says = {"ko": "열쇠가 없습니다: {path}.", "en": "the key is missing: {path}."}
    remedy = {
        "ko": "백업에서 열쇠를 되돌리세요. 열쇠 없이는 아무도 열 수 없습니다.",
        "en": "Restore it from the backup; without it nobody can open what it sealed.",
    }


class KeyWrong(SealError):
    """The identity does not open this key."""

    exit_code = 41
    says = {"ko": "이 열쇠로는 열 수 없습니다: {path}.", "en": "this identity does not open {path}."}
    remedy = {
        "ko": "이 보관소를 만든 열쇠(keys/service.key)를 쓰세요.",
        "en": "Use the identity (keys/service.key) that this vault was made with.",
    }


class SealBroken(SealError):
    """A sealed file was changed, cut off, or moved from another place."""

    exit_code = 42
    says = {"ko": "봉인된 파일이 손상되었습니다: {path}.", "en": "the sealed file is damaged: {path}."}
    remedy = {
        "ko": "백업에서 되돌리거나, 지우고 chaerok run을 다시 실행하세요.",
        "en": "Restore it from the backup, or remove it and run `chaerok run` again.",
    }


class IdentityInvalid(SealError):
    """Neither a custodian's identity nor an age public key."""

    exit_code = 43
    says = {"ko": "관리자 열쇠가 아닙니다: {path}.", "en": "not a custodian's identity or public key: {path}."}
    remedy = {
        "ko": "chaerok keys init이 만든 파일이나 age1로 시작하는 공개 열쇠를 주세요.",
        "en": "Give the file that `chaerok keys init` made, or a public key that begins with age1.",
    }


class PassphraseWrong(SealError):
    """The passphrase does not open the custodian's identity."""

    exit_code = 44
    says = {"ko": "암호가 맞지 않습니다: {path}.", "en": "wrong passphrase: {path}."}
    remedy = {
        "ko": "다시 해 보세요. 잊었다면 다른 관리자의 열쇠를 쓰세요.",
        "en": "Try again; if it is lost, use another custodian's identity.",
    }


class CustodianExists(SealError):
    """There is a custodian, or a file in the place of the identity."""

    exit_code = 45
    says = {"ko": "관리자 열쇠가 이미 있습니다: {path}.", "en": "there is a custodian already: {path}."}
    remedy = {
        "ko": "다른 관리자는 chaerok keys add-recipient로 더하세요.",
        "en": "Add others with `chaerok keys add-recipient`.",
    }


class LogBroken(SealError):
    """A line of the custodians' log was changed, or one is missing."""

    exit_code = 46
    says = {"ko": "기록이 바뀌었습니다: {path} {line}번째 줄.", "en": "the log was changed: {path}, line {line}."}
    remedy = {
        "ko": "백업의 기록과 견주고, 원래대로 되돌린 뒤에 쓰세요.",
        "en": "Compare it with the backup's, and put the true one back before going on.",
    }


class PersonUnknown(SealError):
    """Nobody in the register has that stand-in or id, or the names were destroyed. Who types a name gets no echo."""

    exit_code = 47
    says = {"ko": "{study}에 그런 사람이 없습니다.", "en": "nobody in {study} is known so."}
    remedy = {
        "ko": "원고에 나온 가명을 그대로 쓰세요. 지운 사람은 되살릴 수 없습니다.",
        "en": "Use the stand-in as it stands in the transcript; who was destroyed cannot be had back.",
    }


class ReasonUnfit(SealError):
    """The log would hold no reason, or the very name."""

    exit_code = 48
    says = {"ko": "까닭이 비었거나 이름이 들어 있습니다.", "en": "the reason is empty, or has the name in it."}
    remedy = {
        "ko": "왜 보는지(또는 지우는지) 이름 없이 적으세요. 기록에 그대로 남습니다.",
        "en": "Say why, without names: it stands in the log as it is.",
    }


class PassphraseUnasked(SealError):
    """Nobody is there to type a passphrase: no terminal, or the question was broken off."""

    exit_code = 49
    says = {"ko": "암호를 받지 못했습니다.", "en": "no passphrase was typed."}
    remedy = {
        "ko": "사람이 있는 터미널에서 다시 실행하세요. 바뀐 것은 없습니다.",
        "en": "Run it again in a terminal with somebody at it; nothing was changed.",
    }


class WeightsError(ChaerokError):
    """Network weights cannot be had."""


class WeightsMissing(WeightsError):
    """An engine needs weights that were not fetched yet."""

    exit_code = 50
    says = {"ko": "가중치가 아직 없습니다: {name}.", "en": "these weights were not fetched yet: {name}."}
    remedy = {"ko": "chaerok weights get {name}", "en": "Run: chaerok weights get {name}"}


class WeightsWrong(WeightsError):
    """A fetched file has another sha256 than its pin; it was removed."""

    exit_code = 51
    says = {
        "ko": "가중치 파일이 고정된 해시와 다릅니다: {name}/{file} (지웠습니다).",
        "en": "a weights file does not match its pinned sha256: {name}/{file} (removed).",
    }
    remedy = {
        "ko": "다시 받아 보고, 또 다르면 쓰지 말고 알려 주세요.",
        "en": "Fetch it again; if it differs again do not use it, and report it.",
    }


class WeightsUnreachable(WeightsError):
    """No source of the weights answered."""

    exit_code = 52
    says = {"ko": "가중치를 받을 수 없습니다: {name} ({tried}).", "en": "cannot fetch {name} (tried {tried})."}
    remedy = {
        "ko": "네트워크를 확인하거나, {url} 의 파일을 {folder} 에 두고 실행하세요: chaerok weights verify {name}",
        "en": "Check the network, or put the files from {url} into {folder} and run `chaerok weights verify {name}`.",
    }


class WeightsUnknown(WeightsError):
    """config/weights.toml has no such entry."""

    exit_code = 53
    says = {"ko": "모르는 가중치입니다: {name}.", "en": "no such weights: {name}."}
    remedy = {"ko": "chaerok weights list로 목록을 보세요.", "en": "`chaerok weights list` shows them."}


class AudioCopyError(ChaerokError):
    """There is no copy of a recording that coders may hear."""


class MaskingOff(AudioCopyError):
    """The study has not opted in: it makes no masked copies."""

    exit_code = 55
    says = {
        "ko": "{interview}: 이 연구는 음성 사본을 만들지 않습니다.",
        "en": "{interview}: this study makes no audio copies.",
    }
    remedy = {
        "ko": "심의와 동의에 음성 공유가 들어 있으면 연구 파일의 [settings.mask]에 enabled = true를 쓰세요.",
        "en": "Only if board and consent allow sharing voices, set enabled = true in the study's [settings.mask].",
    }


class AudioConsentMissing(AudioCopyError):
    """The participant has not agreed to coders hearing a copy, or the consent has ended."""

    exit_code = 56
    says = {
        "ko": "{interview}: 음성 사본에 대한 동의가 없거나 끝났습니다.",
        "en": "{interview}: no consent to an audio copy, or it has ended.",
    }
    remedy = {
        "ko": "원고만 내보내세요. 동의서에 있으면 참여자 시트의 [consent]에 audio = true가 있어야 합니다.",
        "en": "Export the transcript alone. Where the form has it, the sheet's [consent] must say audio = true.",
    }


class NameHeard(AudioCopyError):
    """Whoever listens to the copy hears names of the study: it was not kept."""

    exit_code = 57
    says = {
        "ko": "{interview}: 가린 사본에서 이름이 {count}번 다시 들립니다(줄 {lines}). 사본은 버렸습니다.",
        "en": "{interview}: in the masked copy names are heard again, {count} times (lines {lines}); it was not kept.",
    }
    remedy = {
        "ko": "그 줄을 듣고 고치거나, mask.margin_seconds를 늘리거나 mask.cover를 lines로 바꾸고 다시 실행하세요.",
        "en": "Listen and correct the line, or widen mask.margin_seconds or set mask.cover to lines; run it again.",
    }


class EngineError(ChaerokError):
    """A foreign library did not do its work."""


class EngineUnknown(EngineError):
    """The settings name an engine that does not exist."""

    exit_code = 60
    says = {"ko": "{stage} 단계에 그런 엔진이 없습니다: {name}.", "en": "no engine {name} for {stage}."}
    remedy = {"ko": "쓸 수 있는 엔진: {known}.", "en": "Known: {known}."}


class EngineCrashed(EngineError):
    """The process of a heavy step died: out of memory, or a fault in a native library."""

    exit_code = 61
    says = {
        "ko": "{step} 단계의 프로세스가 죽었습니다(코드 {code}).",
        "en": "the process of step {step} died (code {code}).",
    }
    remedy = {
        "ko": "메모리를 확인하고 다시 실행하세요. 끝난 단계는 건너뜁니다.",
        "en": "Check the memory and run it again; finished steps are skipped.",
    }


class EngineFailed(EngineError):
    """An engine raised an error of its own, or gave something impossible; the traceback is in the vault."""

    exit_code = 62
    says = {"ko": "{engine} 엔진이 실패했습니다: {why}.", "en": "engine {engine} failed: {why}."}
    remedy = {
        "ko": "다시 실행해 보고, 또 실패하면 config/default.toml에서 다른 엔진을 고르세요.",
        "en": "Run it again; if it fails again, choose another engine in the settings.",
    }


class EngineMissing(EngineError):
    """A bench asks for a library that Chaerok itself does not need and that is not installed."""

    exit_code = 63
    says = {"ko": "{engine} 엔진이 설치되어 있지 않습니다: {why}.", "en": "engine {engine} is not installed: {why}."}
    remedy = {"ko": "설치하려면: {how}", "en": "To install it: {how}"}


class VoicesOutdated(EngineError):
    """The study's interviewers were enrolled with another network than the one that is to know them now."""

    exit_code = 64
    says = {
        "ko": "면담자 목소리를 다른 가중치로 등록했습니다: {study}.",
        "en": "the interviewers' voices were enrolled with other weights: {study}.",
    }
    remedy = {
        "ko": "chaerok voice {study} 녹음파일 로 다시 등록하거나 --forget 으로 지우세요.",
        "en": "Enrol them again: chaerok voice {study} FILE; or remove them with --forget.",
    }


class StoreError(ChaerokError):
    """A coding store did not take the release; the store is as it was."""


class StoreUnreachable(StoreError):
    """The store does not answer, or refuses the password."""

    exit_code = 70
    says = {
        "ko": "코딩 저장소에 연결할 수 없습니다: {store} ({why}).",
        "en": "cannot reach the coding store {store} ({why}).",
    }
    remedy = {
        "ko": "저장소가 켜져 있는지 확인하고 chaerok publish를 다시 실행하세요.",
        "en": "Check that it is running, then `chaerok publish` again.",
    }


class StoreOutdated(StoreError):
    """The store's schema is newer than this program, or is not ours."""

    exit_code = 71
    says = {"ko": "코딩 저장소의 구조가 맞지 않습니다: {store}.", "en": "the coding store {store} has another schema."}
    remedy = {"ko": "채록을 새 판으로 올리세요.", "en": "Update Chaerok, or name another store."}


class StoreRefused(StoreError):
    """The store answers and does not take the release: a damaged file, missing rights, a broken rule."""

    exit_code = 72
    says = {
        "ko": "코딩 저장소가 거절했습니다: {store} ({why}). 바뀐 것은 없습니다.",
        "en": "the coding store {store} refused ({why}); nothing was changed.",
    }
    remedy = {
        "ko": "저장소의 권한과 파일 상태를 확인하고, 아니면 이 줄을 그대로 알려 주세요.",
        "en": "Check the store's rights and its file; otherwise report this line as it is.",
    }


class LoginRefused(StoreError):
    """A coding server does not take our account's password or token, or gives it too few rights."""

    exit_code = 74
    says = {
        "ko": "코딩 서버가 로그인을 거절했습니다: {store}.",
        "en": "the coding server {store} refuses our account.",
    }
    remedy = {
        "ko": "설정의 계정 이름과 암호(토큰) 파일을 확인하세요. 브라우저에서 같은 계정으로 들어가지는지도 보세요.",
        "en": "Check the account in the settings and its password or token file; try the same account in a browser.",
    }


class LoginMissing(StoreError):
    """There is no password or token for a coding server, or others than its owner can read the file."""

    exit_code = 75
    says = {
        "ko": "코딩 서버의 암호(토큰)를 읽을 수 없습니다: {place} ({why}).",
        "en": "no password or token for the coding server: {place} ({why}).",
    }
    remedy = {
        "ko": "secret_file과 secret_variable 중 하나만 적으세요. 파일은 첫 줄에 암호만, 본인만 읽게(chmod 600).",
        "en": "Name one of secret_file and secret_variable; the file holds it on its first line, 0600.",
    }


class ServerStrange(StoreError):
    """What answers at that address is not the program that the settings say, or a version of it that is not known."""

    exit_code = 76
    says = {
        "ko": "{store}에서 응답한 것이 기대한 프로그램이 아니거나 모르는 판입니다 ({why}).",
        "en": "what answers at {store} is not the program expected, or a version not known ({why}).",
    }
    remedy = {
        "ko": "설정의 url을 확인하고, docs/operations.md에 적힌 판을 설치하세요.",
        "en": "Check `url` in the settings, and install a version that docs/operations.md names.",
    }


class AddressUnsafe(StoreError):
    """Transcripts would go to another machine in the clear, or the address has a password in it."""

    exit_code = 77
    says = {
        "ko": "이 주소로는 원고를 보내지 않습니다: {address} ({why}).",
        "en": "transcripts are not sent to the address {address} ({why}).",
    }
    remedy = {
        "ko": "다른 컴퓨터의 서버는 https:// 주소로 적고, 주소에 계정이나 암호를 넣지 마세요.",
        "en": "Beyond this machine use https://, and put no account or password into the address.",
    }


class DatabaseUnreachable(StoreError):
    """The PostgreSQL database of Prefect or of the locks does not answer, or refuses the password."""

    exit_code = 73
    says = {
        "ko": "데이터베이스에 연결할 수 없습니다: {place} ({why}).",
        "en": "cannot reach the database {place} ({why}).",
    }
    remedy = {
        "ko": "PostgreSQL이 켜져 있는지, PGPASSFILE(0600)이나 PGPASSWORD에 암호가 있는지 확인하세요.",
        "en": "Check that PostgreSQL runs and that PGPASSFILE (0600) or PGPASSWORD has the password.",
    }


class CopiesOut(StoreError):
    """Files that coders worked in, or sent back, hold what was withheld since, and cannot be blotted out from here."""

    exit_code = 78
    says = {
        "ko": "격리한 말이 든 파일 {count}개가 남아 있습니다: {path}.",
        "en": "{count} files in {path} still hold what was withheld.",
    }
    remedy = {
        "ko": "파일을 닫고, 코딩을 모은 다음(chaerok collect) 지우세요. 다음 처리 때 확인합니다.",
        "en": "Close them, collect the codings (`chaerok collect`), then delete them. The next walk looks again.",
    }


class ExchangeError(ChaerokError):
    """A file for a coder's program, or one that came back from it; nothing was written over."""


class ExportTaken(ExchangeError):
    """A folder of that name is there: a coder's work may be in it."""

    exit_code = 110
    says = {
        "ko": "이미 있습니다: {path}. 코더의 작업이 들어 있을 수 있어 덮어쓰지 않았습니다.",
        "en": "{path} is already there and may hold a coder's work; it was not written over.",
    }
    remedy = {"ko": "--to로 다른 이름을 주거나 그것을 옮기세요.", "en": "Give another name with --to, or move it away."}


class CodingsUnreadable(ExchangeError):
    """A project or codebook that came back is none, is damaged, or is made to do harm."""

    exit_code = 111
    says = {"ko": "코딩 파일을 읽을 수 없습니다: {path} ({why}).", "en": "cannot read the codings in {path} ({why})."}
    remedy = {
        "ko": "코딩 프로그램에서 다시 내보내세요(.qdpx, .qdc, .qda).",
        "en": "Export it again from the coding program (.qdpx, .qdc, .qda).",
    }


class ProjectOpen(ExchangeError):
    """A QualCoder project is open in QualCoder: what is being coded may be half written."""

    exit_code = 112
    says = {"ko": "QualCoder에서 열려 있는 프로젝트입니다: {path}.", "en": "{path} is open in QualCoder."}
    remedy = {
        "ko": "QualCoder에서 프로젝트를 닫고 다시 하세요. 닫았는데도 이러면 project_in_use.lock을 지우세요.",
        "en": "Close it there and try again; if it is closed, remove its project_in_use.lock.",
    }


class NothingReleased(ExchangeError):
    """No interview of the study is released, or each of them is quarantined."""

    exit_code = 113
    says = {"ko": "공개된 면담이 없습니다: {study}.", "en": "no interview of {study} is released."}
    remedy = {
        "ko": "chaerok status로 확인하고, 원고를 승인하고 공개하세요.",
        "en": "See `chaerok status`; approve and publish a draft first.",
    }


class CodesMissing(ExchangeError):
    """A codebook is asked for and the study has no code tree."""

    exit_code = 114
    says = {"ko": "코드 체계가 없습니다: {study}.", "en": "{study} has no code tree."}
    remedy = {
        "ko": "chaerok codebook {study} --import 파일 로 넣거나, --codebook 파일.qdc 로 주세요.",
        "en": "Bring one in (`chaerok codebook {study} --import FILE`), or give one: --codebook FILE.qdc.",
    }


class CodingError(ChaerokError):
    """Codings, code trees and what comes back from coders and participants."""


class CodebookFrozen(CodingError):
    """A version of a code tree that was frozen is to be changed."""

    exit_code = 115
    says = {
        "ko": "{study} 코드북 {version}판은 확정되어 바꿀 수 없습니다.",
        "en": "version {version} of the codebook of {study} is frozen.",
    }
    remedy = {"ko": "바꾼 것은 새 판으로 올리세요.", "en": "Bring the change in as a new version."}


class CodeInUse(CodingError):
    """A code is to be removed from a tree that codings, decisions or answers refer to."""

    exit_code = 116
    says = {
        "ko": "코드 {count}개가 빠졌는데, 그 코드로 된 코딩이 있습니다. 바뀐 것은 없습니다.",
        "en": "{count} codes are missing that codings refer to; nothing was changed.",
    }
    remedy = {
        "ko": "코드를 되살리거나, 코드북을 새 판으로 올리세요.",
        "en": "Keep those codes, or bring the tree in as a new version of the codebook.",
    }


class AnswersInvalid(CodingError):
    """A sheet of decisions or answers does not fit what it was written for; nothing of it was taken in."""

    exit_code = 117
    says = {"ko": "시트를 읽을 수 없습니다: {path} ({where}).", "en": "the sheet cannot be read: {path} ({where})."}
    remedy = {
        "ko": "시트를 새로 받아 그 칸만 채워 다시 읽히세요. 들어간 것은 없습니다.",
        "en": "Write the sheet anew, fill in its yellow columns alone and import that. Nothing was taken in.",
    }


class NothingCoded(CodingError):
    """There are no codings to work with, or not those of the coders named."""

    exit_code = 118
    says = {
        "ko": "{study}: 셈할 코딩이 없습니다 ({what}). 코딩한 사람: {known}.",
        "en": "{study}: no codings to work with ({what}). Coders: {known}.",
    }
    remedy = {
        "ko": "chaerok collect {study} 로 코딩을 모으고, 코더 이름과 차수를 확인하세요.",
        "en": "Collect them (`chaerok collect {study}`), and check the coders' names and the round.",
    }


class CoderUnknown(CodingError):
    """A coder is named whom the study's settings do not name."""

    exit_code = 120
    says = {
        "ko": "이 연구에 없는 코더입니다: {coder}. 이 연구의 코더: {known}.",
        "en": "the study has no coder {coder}; its coders: {known}.",
    }
    remedy = {
        "ko": "이름을 확인하거나, 연구 파일의 [settings.publish] coders에 넣으세요.",
        "en": "Check the name, or add it to `coders` in [settings.publish] of the study file.",
    }


class RoleUnfit(CodingError):
    """A database role cannot be a coder's: it is not there, or nothing can be kept from it."""

    exit_code = 119
    says = {
        "ko": "이 데이터베이스 역할로는 코더를 들일 수 없습니다: {role} ({why}).",
        "en": "the database role {role} cannot be a coder's ({why}).",
    }
    remedy = {
        "ko": "PostgreSQL에서 그 코더만 쓰는, 권한 없는 역할을 만드세요(docs/operations.md).",
        "en": "Make a plain role for that coder alone in PostgreSQL (docs/operations.md).",
    }


class OrchestrationError(ChaerokError):
    """Prefect, or what runs by itself, did not do its work."""


class ServerFailed(OrchestrationError):
    """The Prefect server did not start or does not answer."""

    exit_code = 80
    says = {"ko": "Prefect 서버가 응답하지 않습니다({url}).", "en": "the Prefect server does not answer ({url})."}
    remedy = {"ko": "{log} 를 보고 다시 실행하세요.", "en": "Read {log} and run it again."}


class StepFailed(OrchestrationError):
    """A step failed; carries ids and the cause's class only, so that it may be shown anywhere."""

    exit_code = 81
    says = {
        "ko": "{interview}: {step} 단계가 실패했습니다({cause}).",
        "en": "{interview}: step {step} failed ({cause}).",
    }
    remedy = {
        "ko": "자세한 내용: chaerok status {interview} --failure.",
        "en": "Details: chaerok status {interview} --failure.",
    }


class KeepsFalling(OrchestrationError):
    """`chaerok up` has started a process of its own again and again, and it ends each time."""

    exit_code = 82
    says = {
        "ko": "{what} 프로세스가 거듭 꺼져서 멈췄습니다({count}번). 넣은 것은 그대로 있습니다.",
        "en": "{what} ended {count} times in a row; gave up. Nothing is lost.",
    }
    remedy = {"ko": "{log} 를 보고 chaerok up을 다시 실행하세요.", "en": "Read {log} and run `chaerok up` again."}


class VaultDamaged(OrchestrationError):
    """What is sealed of these interviews no longer is what was sealed, or is gone."""

    exit_code = 83
    says = {"ko": "보관소의 면담이 손상되었습니다: {interviews}.", "en": "damaged in the vault: {interviews}."}
    remedy = {
        "ko": "디스크를 점검하고, 보관소 백업에서 그 면담 폴더를 되돌려 놓은 뒤 chaerok maintain을 실행하세요.",
        "en": "Check the disk, put those interviews' folders back from the vault's backup, run `chaerok maintain`.",
    }


class BackupFailed(OrchestrationError):
    """A backup was made and does not open; the ones before it were kept."""

    exit_code = 84
    says = {"ko": "백업이 열리지 않습니다: {what} ({why}).", "en": "the backup does not open: {what} ({why})."}
    remedy = {
        "ko": "그 자리의 디스크와 권한을 확인하고 chaerok maintain을 다시 실행하세요. 앞선 백업은 그대로 있습니다.",
        "en": "Check that disk and its rights and run `chaerok maintain` again; earlier backups were kept.",
    }


class InboxError(ChaerokError):
    """Something is under way in the watched folder; it is tried again."""


class FileChanged(InboxError):
    """A recording was replaced, or grew, while it was read; nothing of it is kept."""

    exit_code = 85
    says = {"ko": "읽는 동안 바뀐 파일입니다: {path}.", "en": "the file changed while it was read: {path}."}
    remedy = {
        "ko": "복사가 끝난 뒤에 다시 넣습니다. 넣은 폴더에서는 저절로 이어집니다.",
        "en": "Give it again when its copy is complete; in the inbox that happens by itself.",
    }


class InboxGone(InboxError):
    """The inbox is not there: its share was taken away, or it was renamed."""

    exit_code = 86
    says = {"ko": "녹음 넣는 폴더가 보이지 않습니다: {path}.", "en": "the inbox is not there: {path}."}
    remedy = {
        "ko": "공유 폴더를 다시 연결하세요. 연결되면 저절로 이어집니다.",
        "en": "Connect its share again; then it goes on by itself.",
    }
