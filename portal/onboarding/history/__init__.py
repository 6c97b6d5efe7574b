"""What happened to a checklist: who did what, and when."""
