//! The durable store: engine state, journal and blobs in one redb file.
