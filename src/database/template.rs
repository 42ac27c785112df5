//! The template: one database with schema and seed that every trial's copy is made from.

use super::connection::Connection;
use super::{Error, statements};
use crate::model::plan::DatabasePlan;

/// Runs the schema files, then the seed files, then tidies up, on a connection to a new empty database.
pub fn fill(connection: &mut Connection, plan: &DatabasePlan) -> Result<(), Error> {
    let settings = format!("SET pianoprof.scale = '{}'; SET pianoprof.seed = '{}'", plan.scale, plan.seed_number);
    connection.run(&settings, "setting the seed's scale and number")?;
    for file in plan.schema.iter().chain(&plan.seed) {
        statements::run_file(connection, file)?;
    }
    // Copies inherit statistics, visibility and hint bits: no trial pays for them and all get the same plans.
    connection.run("VACUUM (FREEZE, ANALYZE)", "vacuuming the template")
}
