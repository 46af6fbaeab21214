"""Models behind the book: one folder a chapter, on a core that every chapter speaks."""
