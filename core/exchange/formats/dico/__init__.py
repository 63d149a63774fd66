"""DICO, the messages of the Dutch building and installation trade: INSBOU003 and its successor SALES005.

Their schemas are for members only. What is known of INSBOU003 comes from converters and samples in public (see
``messages``); of SALES005, the code lists and one message are published, of the price catalogue the paths that readers
of real files use, and of orders and invoices only how names changed. So nothing here is held against a schema.
"""
