"""What staff have to do about an account by a day, found by rule."""
