from pathlib import Path

import pytest

from portal.imports.formats import detect


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"en/a.md": "x"}, "markdown"),
        ({"en/a.mdx": "x", "docs.json": "{}"}, "mintlify"),
        ({"en/a.md": "x", "en/mint.json": "{}"}, "mintlify"),
        ({"en/a.md": "x", "docusaurus.config.ts": ""}, "docusaurus"),
        ({"en/b/_category_.json": "{}", "en/b/a.md": "x"}, "docusaurus"),
        ({"en/a.md": "import B from '@site/src/b'"}, "docusaurus"),
        ({"en/a.md": "x", "en/.vuepress/config.js": ""}, "vuepress"),
        ({"en/a.md": "<img :src=\"$withBase('/a.png')\">"}, "vuepress"),
        ({"en/a.txt": "*x"}, "hatena"),
        ({"en/a.hatena": "*x"}, "hatena"),
        ({"en/a.txt": "x", "en/b.md": "x"}, "markdown"),
    ],
)
def test_a_format_is_told_from_its_files(tmp_path: Path, files: dict[str, str], expected: str) -> None:
    for path, content in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(content)
    assert detect(tmp_path / "en") == expected
