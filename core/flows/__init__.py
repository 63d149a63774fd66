"""Flows: records of one kind, brought from one system to another, each once (FL).

A record comes from a :mod:`source <core.flows.sides>` as Pendel's own (``record``), is made ready by ``rules``, and is
given to a target by ``sending``. ``link_source`` and ``link_target`` are those of links, by the ``mapping`` of their
definitions; ``catalogue_source`` and ``catalogue_target`` those of the catalogue.
"""
