"""What people and the machine may do, as verbs, and the rules they obey."""
