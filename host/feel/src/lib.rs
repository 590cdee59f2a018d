//! FEEL: values, parser and a fuel-bounded evaluator.
