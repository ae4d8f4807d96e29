"""The local memory: what OTTO said, what we did, what we were about to do."""
