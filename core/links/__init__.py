"""Links to other systems: a connector is declared in TOML, and executed on HTTP.

``model`` is what a definition may say; ``loading`` reads and checks one; ``ready`` holds those that
Pendel brings along.
``connection`` makes one call, ``reading`` walks through pages, ``writing`` creates and updates.
``lines``, ``parts`` and ``decoding`` are of reading; ``bodies`` and ``documents`` of writing. ``hosts`` finds where a
system is, ``ntlm`` signs in to a connection.
"""
