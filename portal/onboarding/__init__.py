"""Success maps, and the checklists made from them."""
