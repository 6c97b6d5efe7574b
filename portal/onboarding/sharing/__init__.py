"""Links by which people without a sign-in look at one checklist, or have its days in their calendar."""
