"""From a recording to a released transcript: everything but the orchestration, which is in `flows`.

Importing this package is what makes every process of Chaerok keep to itself, before any other library is imported: no
telemetry, no hub, no core dumps. The switches and what each of them stops are listed in docs/data-protection.md.
"""

import os
from importlib.util import find_spec

SWITCHES = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
    "ORT_DISABLE_TELEMETRY": "1",
    "PYANNOTE_METRICS_ENABLED": "0",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "OTEL_SDK_DISABLED": "true",
    "AWS_EC2_METADATA_DISABLED": "true",
}
"""Environment variables that keep libraries silent; inherited by every process that we start."""

os.environ.update(SWITCHES)

if find_spec("resource"):  # not on Windows
    from pipeline import dumps

    dumps.switch_off()
