import Foundation
import GRDB

/// One step of the schema: a file under `migrations/`, never edited once it has shipped.
struct Migration: Sendable {
    /// The file's name without its ending.
    let name: String
    let sql: [UInt8]

    /// Every migration, in order.
    static let all = [
        Migration(name: "0001_create_schema", sql: PackageResources._001_create_schema_sql),
        Migration(
            name: "0002_add_models_and_class_scores", sql: PackageResources._002_add_models_and_class_scores_sql),
        Migration(name: "0003_order_changes", sql: PackageResources._003_order_changes_sql),
        Migration(
            name: "0004_add_priority_and_fair_share", sql: PackageResources._004_add_priority_and_fair_share_sql),
        Migration(name: "0005_add_retries", sql: PackageResources._005_add_retries_sql),
        Migration(name: "0006_add_pauses", sql: PackageResources._006_add_pauses_sql),
        Migration(name: "0007_index_unfinished_runs", sql: PackageResources._007_index_unfinished_runs_sql),
        Migration(name: "0008_add_limits", sql: PackageResources._008_add_limits_sql),
        Migration(
            name: "0009_keep_previous_checkpoints", sql: PackageResources._009_keep_previous_checkpoints_sql),
        Migration(name: "0010_add_audit", sql: PackageResources._010_add_audit_sql),
        Migration(name: "0011_add_early_stops", sql: PackageResources._011_add_early_stops_sql),
        Migration(name: "0012_add_plans", sql: PackageResources._012_add_plans_sql),
        Migration(name: "0013_add_curves", sql: PackageResources._013_add_curves_sql),
        Migration(name: "0014_speed_up_claims", sql: PackageResources._014_speed_up_claims_sql),
    ]

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        for migration in all {
            migrator.registerMigration(migration.name) { database in
                try database.execute(sql: String(decoding: migration.sql, as: UTF8.self))
            }
        }
        return migrator
    }
}
