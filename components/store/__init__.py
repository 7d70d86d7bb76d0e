"""The metadata store, the blobs, the ledger and the resolver."""
