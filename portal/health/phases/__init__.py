"""The three phases of an account's life, and what moves it from one to the next."""
