"""The SuperOffice ERP Sync Connector (``IErpConnectorWS``): SOAP, for Pendel as caller and as the one who is called.

``values`` is how values are written as text, ``contract`` what the operations take and give, ``messages`` their XML in
both wrappings, ``documents`` how XML from outside is read. ``client`` calls somebody's connector, in the words of its
``wsdl`` where that can be read; ``connector``, ``link`` and ``actors`` make a connector of links of it, with its
``configuration`` and the ``kinds`` of flows. ``answering`` and ``server`` are a connector in front of an ``erp``, which
``describing`` describes. ``signing`` and ``system_user`` are the signatures of SuperOffice Online.
"""
