"""The ledger of adoption signals and the counts of people's days made from it."""
