"""Files that people add to what they write, seen by whoever sees a text that shows them."""
