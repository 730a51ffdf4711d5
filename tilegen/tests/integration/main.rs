//! Tests of the built generator, `tilegen`, one file a subject. One program, because each program is linked on its own.

mod area_files;
mod area_stats;
mod areas;
mod bad_input;
mod catalog;
mod crashes;
mod density;
mod fetch;
mod guard_history;
mod guards;
mod identity;
mod lease;
mod lineage;
mod metrics;
mod order_files;
mod parquet_damage;
mod public_windows;
mod requests;
mod rollback;
mod run_records;
mod sample;
mod snapshot;
mod stores;
mod support;
mod timeline;
mod times;
