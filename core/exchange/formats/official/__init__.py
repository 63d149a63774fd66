"""What an operator has of the official rules of a format, dropped into a directory, and files held against it."""
