"""What someone of the staff does next about an account, and by when."""
