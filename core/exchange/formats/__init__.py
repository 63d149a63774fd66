"""The formats of the industry, one module each: read into parts, and written of records.

``contract`` says what a format has to offer; ``registry`` finds it by its id.
"""
