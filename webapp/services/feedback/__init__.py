"""What listeners say and do, and what follows from it (``docs/feedback.md``)."""
