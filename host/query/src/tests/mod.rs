//! Tests of the read model as a whole: journals go in, searches come out.

mod batches;
mod experience;
mod fixture;
mod history;
mod hostile;
mod lifecycle;
mod operations;
mod paging;
mod plans;
mod projecting;
mod random;
mod scores;
