//! Words of the report.
