"""The declarative model of a connector: what a definition may say of a system, declared once."""
