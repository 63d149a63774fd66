"""What tasks do: one module a type, each a straight walk over transfer, exchange and the catalogue."""
