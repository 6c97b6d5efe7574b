"""The demo vendor: its help centre, community and history."""
