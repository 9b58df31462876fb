"""What must be true when the storm is over."""
