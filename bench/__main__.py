"""`make bench`: prints the table and writes bench/results.json."""

import gzip
import json
import re
import sys
import tempfile
import urllib.parse
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Final

from bench import site
from bench.load import Figures, Request, descendants, send

COUNT: Final = 300
ROUNDS: Final = 3
RESULTS: Final = Path(__file__).parent / "results.json"


def main() -> None:
    """Measure Engawa and the floor in turn, in one run on one machine."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        port = site.free_port()
        environment = {"PORTAL_DATA_DIR": name}
        command = [*site.serve_command(port), "--demo"]
        with site.running(command, environment, port, "/healthz"):
            pass
        topic_path, topic_id = site.prepare(folder)
        with site.running(site.serve_command(port), environment, port, "/healthz") as pid:
            report = measure(port, pid, topic_path, topic_id, folder)
    RESULTS.write_text(json.dumps(report, indent=1), encoding="utf-8")
    print_table(report)


def pages(visitor: site.Visitor, topic_path: str) -> dict[str, str]:
    """Return the pages to read, by name."""
    section = re.search(r'href="(/help/en/[^"/]+/)"', visitor.get("/help/en/"))
    article = re.search(r'href="(/help/en/articles/[^"]+)"', visitor.get(section[1])) if section else None
    if article is None:
        raise RuntimeError("the demo has no article to measure")
    query = urllib.parse.quote("import products csv")
    return {
        "home": "/",
        "article": article[1],
        "topic of 20 posts": topic_path,
        "search": f"/search?q={query}",
    }


def measure(port: int, pid: int, topic_path: str, topic_id: int, folder: Path) -> dict[str, object]:
    """Measure every page beside the floor of the same size, alternately."""
    visitor, member, writer = site.Visitor(port), site.Visitor(port), site.Visitor(port)
    member.sign_in("peer@demo.example", "engawa-demo")
    writer.sign_in("staff@demo.example", "engawa-demo")  # Customers may not write as fast as this.
    token = site.csrf_token(writer.get(topic_path))
    visits = {name: (visitor, path) for name, path in pages(visitor, topic_path).items()}
    visits["topic, signed in"] = (member, topic_path)
    sizes = {f"page{n}": len(who.get(path).encode()) for n, (who, path) in enumerate(visits.values())}
    floor_port = site.free_port()
    environment = site.floor_environment(sizes, folder)
    web = web_processes(pid)
    rows: dict[str, object] = {}
    with site.running(site.floor_command(floor_port), environment, floor_port, "/page0") as floor_pid:
        floor_processes = descendants(floor_pid)
        for number, (name, (who, path)) in enumerate(visits.items()):
            ours = Request(path=path, headers=who.headers())
            floor = Request(path=f"/page{number}")
            pairs = [
                (
                    send(port, repeat(ours), count=COUNT, pids=web),
                    send(floor_port, repeat(floor), count=COUNT, pids=floor_processes),
                )
                for _ in range(ROUNDS)
            ]
            rows[name] = row_of(median([pair[0] for pair in pairs]), median([pair[1] for pair in pairs]))
    rows["post a reply"] = row_of(send_replies(port, writer, token, topic_id, web), None)
    return {"rows": rows, "first_view": first_view(site.Visitor(port), topic_path)}


def repeat(request: Request) -> Callable[[int], Request]:
    """Return a maker of the same request again and again."""
    return lambda _number: request


def web_processes(pid: int) -> list[int]:
    """Return the server's processes without the background worker."""
    everything = descendants(pid)
    return [
        one for one in everything if b"until-parent-ends" not in Path(f"/proc/{one}/cmdline").read_bytes()
    ]


def median(rounds: list[Figures]) -> Figures:
    """Return the round with the middle processor time."""
    return sorted(rounds, key=lambda figures: figures.cpu_ms)[len(rounds) // 2]


def row_of(ours: Figures, floor: Figures | None) -> dict[str, object]:
    """Put both side by side; the ratio is that of processor time."""
    ratio = round(ours.cpu_ms / floor.cpu_ms, 2) if floor else None
    return {"engawa": asdict(ours), "floor": asdict(floor) if floor else None, "cpu_ratio": ratio}


def send_replies(port: int, writer: site.Visitor, token: str, topic_id: int, pids: list[int]) -> Figures:
    """Post replies as a browser would."""

    def make(number: int) -> Request:
        form = {"csrf_token": token, "body": f"{site.REPLY}\n\nNumber {number}."}
        body = urllib.parse.urlencode(form).encode()
        return Request(path=f"/community/topics/{topic_id}/posts", body=body, headers=writer.headers())

    return send(port, make, count=200, pids=pids)


def first_view(visitor: site.Visitor, path: str) -> dict[str, int]:
    """Count what a browser that comes for the first time has to fetch, compressed."""
    page = visitor.get(path)
    assets = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', page))
    packed = [gzip.compress(text.encode(), 6) for text in (page, *map(visitor.get, assets))]
    return {"requests": len(packed), "compressed_bytes": sum(map(len, packed))}


def print_table(report: dict[str, object]) -> None:
    """Print what was measured."""
    out = sys.stdout.write
    out(f"{'page':20}{'req/s':>9}{'p50 ms':>9}{'p95 ms':>9}{'CPU ms':>9}{'floor':>9}{'ratio':>8}{'kB':>8}\n")
    rows = report["rows"]
    assert isinstance(rows, dict)  # noqa: S101  # It was made above.
    for name, row in rows.items():
        ours, floor = row["engawa"], row["floor"]
        under = f"{floor['cpu_ms']:9.2f}{row['cpu_ratio']:8.2f}" if floor else f"{'':17}"
        speed = f"{ours['per_second']:9.0f}{ours['p50_ms']:9.1f}{ours['p95_ms']:9.1f}{ours['cpu_ms']:9.2f}"
        out(f"{name:20}{speed}{under}{ours['page_bytes'] / 1000:8.1f}\n")
    first = report["first_view"]
    assert isinstance(first, dict)  # noqa: S101  # The same.
    out(f"first view: {first['compressed_bytes'] / 1000:.1f} kB compressed in {first['requests']} requests\n")


if __name__ == "__main__":
    main()
