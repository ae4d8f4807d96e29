"""The command line: commands, exit codes, signals, and the one boundary at which errors become sentences."""
