"""Whether scores are worth their name: compared with what became of the accounts afterwards."""
