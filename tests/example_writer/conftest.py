"""Keep the example's own tests out of the repository's: they run where the example is installed (`tests/system/test_example_writer.py`)."""

collect_ignore = ["tests"]
