"""The catalogue as an ERP for SuperOffice.

``kinds`` is which records are actors, and how their fields go with SuperOffice's; ``restrictions`` what a search asks;
``reading`` answers from the catalogue. What SuperOffice writes is handed over as a ``change`` to a run, whose walk is
``taking_in``.
"""
