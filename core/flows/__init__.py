"""Flows: records of one kind, brought from one system to another, each once (FL).

A record comes from a :mod:`source <core.flows.sides>` as Pendel's own (``record``), is made ready by ``rules``, and is
given to a target by ``sending``. ``link_source`` and ``link_target`` are those of links, by what their definitions say
of what is ``incoming`` and ``outgoing``; ``catalogue_source``, ``catalogue_target`` and ``catalogue_records`` those of
the catalogue.
"""
