"""Everything that knows OTTO's wire."""
