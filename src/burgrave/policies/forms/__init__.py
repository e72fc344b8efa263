"""What is typed into the pages of the domain, parsed once."""
