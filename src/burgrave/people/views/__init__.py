"""Pages of the domain. A view permits, parses, calls one command or one query, and renders."""
