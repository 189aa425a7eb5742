"""Versions of rules: who wrote, checked, replayed, approved them and put them in force, content that cannot move."""
