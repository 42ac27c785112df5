//! `[database]`: the PostgreSQL that the targets work on.

use super::{Files, Positive, Whole, written};

written! {
    /// The database. Without `url` a private PostgreSQL is started and removed again.
    Database {
        /// SQL files that create the tables, in order.
        schema: Files,
        /// SQL files that fill them, in order. They read the settings `pianoprof.scale` and `pianoprof.seed`.
        seed: Files,
        /// Multiplies the row counts; 1 by default.
        scale: Positive,
        /// Picks the data; 1 by default.
        seed_number: Whole,
        /// Whether the private server counts statements, rows and buffers (`pg_stat_statements`); true by default.
        statements: bool,
        /// A PostgreSQL of your own, `postgresql://…`, or `$NAME` for a variable of the environment.
        url: String,
        /// The variable of the environment that holds the URL, so that no password stands in the file.
        url_env: String,
    }
}
