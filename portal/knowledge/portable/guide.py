"""What a folder of an export says about itself."""

from typing import Final

TEXT: Final = """\
# A knowledge base

Written by `portal kb export`; `portal kb import` with the path of this folder brings it to a site.

* `sections.yaml`: the tree of sections, in order. `articles/` has a folder for each.
* `articles/SECTION/NAME.LANGUAGE.md`: an article in one language. Files of the same name are translations of
  each other; the one that the others were made from says what holds for all, such as `audience`.
* `snippets/`: what articles use as `{{snippet:NAME}}`. `templates/`: what new articles begin with.
* `files/`: pictures and videos. Links are relative, so all of this can be read as it lies here.
* `engawa-export.json`: what was exported, so that an import can tell what was changed since. Leave it so.

Earlier revisions, drafts newer than a published text, votes, feedback and statistics stay on the site.
"""
