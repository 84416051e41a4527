"""Fits the coefficients of config/context.ko.toml: `python bench/fit_context.py MARKED.txt … > config/context.ko.toml`.

Of every beginning of a word in the marked texts (pipeline/evaluation/marked.py) the evidence is taken, and a logistic
regression (scikit-learn, L2, C = 0.5) learns which are names, and which places. Beginnings that overlap something
marked, and are not exactly it, are left out. Of the families every other line is used, the odd ones.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import tomli_w
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression

from pipeline import recognizers
from pipeline.engines.context.evidence import candidates, evidence
from pipeline.evaluation.marked import Marked, read_marked
from pipeline.transcript import Label

THRESHOLDS = {  # worth_from, found_from, withdrawn_below: read off the curves of the interviews that were fitted
    Label.NAME: (0.08, 0.42, 0.06),
    Label.PLACE: (0.04, 0.38, 0.06),
    Label.ORG: (0.04, 0.38, 0.06),
}


def lines_of(path: Path) -> tuple[Marked, ...]:
    lines = read_marked(path.read_text("utf-8"))
    return lines[::2] if path.parent.name == "families" else lines


def rows(lines, label, judge):
    before, whole, answers = [], [], []
    for line in lines:
        for start, end in candidates(line.text, judge.sources.words):
            exact = any((t.start, t.end, t.label) == (start, end, label) for t in line.truth)
            if not exact and any(t.start < end and start < t.end for t in line.truth):
                continue
            said = evidence(line.text, start, end, judge.sources)
            before.append(said)
            whole.append({**said, **judge.ratios(line.text, start, end, label)})
            answers.append(exact)
    return before, whole, np.array(answers)


def fitted(said, answers):
    vectorizer = DictVectorizer()
    regression = LogisticRegression(C=0.5, max_iter=5000).fit(vectorizer.fit_transform(said), answers)
    found = dict(zip(vectorizer.get_feature_names_out(), regression.coef_[0], strict=True))
    table = {name: round(float(value), 2) for name, value in sorted(found.items()) if abs(value) >= 0.05}
    return {"always": round(float(regression.intercept_[0]), 2), **table}


def main() -> None:
    lines = [line for path in sys.argv[1:] for line in lines_of(Path(path))]
    judge = recognizers.judge()
    tables = {}
    for label, (worth, found, withdrawn) in THRESHOLDS.items():
        before, whole, answers = rows(lines, label, judge)
        print(label.value, len(answers), int(answers.sum()), file=sys.stderr)
        tables[label.value] = {
            "worth_from": worth,
            "found_from": found,
            "withdrawn_below": withdrawn,
            "before": fitted(before, answers),
            "whole": fitted(whole, answers),
        }
    print(__doc__.splitlines()[0].replace("Fits the", "# The").split(":")[0] + ", by bench/fit_context.py.")
    print(tomli_w.dumps(tables), end="")


main()
