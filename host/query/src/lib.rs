//! The read model: a SQLite projection of the journal for search and statistics.
