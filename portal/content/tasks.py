"""Task lists: `- [ ] open` and `- [x] done` as labelled, disabled checkboxes."""

import re
from typing import Final
from xml.etree.ElementTree import Element

from markdown.treeprocessors import Treeprocessor

_BOX: Final = re.compile(r"\[([ xX])\] +(?=\S)")


class TaskListProcessor(Treeprocessor):
    """Turns list items that begin with a box into tasks."""

    def run(self, root: Element) -> None:
        """Label the tasks in the tree, in place."""
        for item in root.iter("li"):
            holder = item[0] if len(item) and item[0].tag == "p" and not (item.text or "").strip() else item
            if box := _BOX.match(holder.text or ""):
                self._label(holder, done=box[1] != " ", text=(holder.text or "")[box.end() :])
                item.set("class", "task")

    def _label(self, holder: Element, *, done: bool, text: str) -> None:
        checked = " checked" if done else ""
        box = self.md.htmlStash.store(f'<input type="checkbox" disabled{checked}>')
        label = Element("label")
        label.text = f"{box} {text}"
        holder.text = ""
        holder.insert(0, label)
