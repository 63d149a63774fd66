"""Who is told when a task is in trouble: what is found in the journal becomes messages, which are kept until sent."""
