"""What signals have shown of each step so far: kept per step, so that none is read twice."""
