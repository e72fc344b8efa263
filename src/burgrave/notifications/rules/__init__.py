"""What the domain decides, without Django."""
