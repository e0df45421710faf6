"""What is fast, and against what: tables, never a test."""
