"""Everything that knows a shop."""
