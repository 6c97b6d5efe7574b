"""Customer accounts, people, roles, sign-in and invitations."""
