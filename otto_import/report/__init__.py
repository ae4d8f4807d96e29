"""Show what a run plans or did: tables and sentences for people, JSON lines for programs."""
