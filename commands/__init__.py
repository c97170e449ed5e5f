"""What `course.py` does: one module for each thing, and nothing but the standard library."""
