"""What the domain decides without a database."""
