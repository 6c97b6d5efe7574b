"""What one feature's event means to another; read `table.py` first."""
