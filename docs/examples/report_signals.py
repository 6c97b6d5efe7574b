"""Report signals to Engawa: in calls of a thousand, again until each is answered, and never twice.

    ENGAWA_URL=https://help.example.com ENGAWA_KEY=engawa_… python report_signals.py signals.jsonl

Each line of the file is one signal:

    {"key": "login-4711", "kind": "user.signed_in", "occurred_at": "2026-11-22T09:00:00Z", "account": "acme"}

The key is what makes it safe to run this again: Engawa keeps each key of a system once. Only the standard
library of Python is needed.
"""

import json
import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

SIGNALS_A_CALL = 1000
TRIES = 8
WORTH_ANOTHER_TRY = {429, 500, 502, 503, 504}


def main() -> None:
    """Report the signals of a file; tell on standard error which were refused, and why."""
    url, key = os.environ["ENGAWA_URL"].rstrip("/"), os.environ["ENGAWA_KEY"]
    counts = {"accepted": 0, "duplicate": 0, "unmatched": 0, "rejected": 0}
    with Path(sys.argv[1]).open(encoding="utf-8") as lines:
        for call in calls(json.loads(line) for line in lines if line.strip()):
            answer = report(url, key, call)
            for name in ("accepted", "duplicate", "unmatched"):
                counts[name] += answer[name]
            counts["rejected"] += len(answer["rejected"])
            for refused in answer["rejected"]:
                print(call[refused["index"]].get("key"), refused["reason"], sep=": ", file=sys.stderr)
    print(json.dumps(counts))
    sys.exit(1 if counts["rejected"] else 0)


def calls(signals: Iterable[dict]) -> Iterator[list[dict]]:
    """Yield a thousand signals at a time."""
    rest = iter(signals)
    while call := list(islice(rest, SIGNALS_A_CALL)):
        yield call


def report(url: str, key: str, signals: list[dict]) -> dict:
    """Send one call until it is answered; a call whose answer was lost is sent as it was."""
    request = urllib.request.Request(
        f"{url}/api/v1/signals",
        data=json.dumps({"signals": signals}).encode(),
        headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
    )
    for attempt in range(TRIES):
        wait = min(2**attempt, 60)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as problem:
            if problem.code not in WORTH_ANOTHER_TRY:
                raise SystemExit(f"{problem.code}: {json.load(problem)['detail']}") from None
            wait = int(problem.headers.get("Retry-After") or wait)
        except OSError:
            pass  # Nobody answered, or the connection broke: that is worth another try, too.
        time.sleep(wait)
    raise SystemExit(f"no answer from {url} after {TRIES} tries; run this again, nothing counts twice")


if __name__ == "__main__":
    main()
