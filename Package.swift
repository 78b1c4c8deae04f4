// swift-tools-version: 6.1
import PackageDescription

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    // Async functions stay where their caller is; else each call of one would ask anew which executor it belongs on, which
    // took a tenth of the time of a short request.
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")

let package = Package(
    name: "plateau-server",
    products: [
        .executable(name: "plateau", targets: ["plateau"]),
        .library(name: "HTTP", targets: ["HTTP"]),
    ],
    dependencies: [
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    ],
    targets: [
        // System libraries, and the thin C shims for what Swift cannot import from them.
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CLibSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CJPEG", pkgConfig: "libjpeg", providers: [.apt(["libjpeg62-turbo-dev"])]),
        .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
        .systemLibrary(name: "CZLIB", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CMalloc"),
        .target(name: "CCodecs", dependencies: ["CJPEG", "CPNG", "CZLIB"]),
        .target(name: "CSockets"),
        .target(name: "Locks", swiftSettings: strict),
        .target(name: "CTLS", dependencies: ["CLibSSL"]),
        .target(name: "CResources", exclude: ["surrogate.bin"]),

        // Optimised in debug builds too: the tests train networks.
        .target(name: "CKernels", cSettings: [.unsafeFlags(["-O3"])]),
        .target(name: "NeuralNets", dependencies: ["CKernels"], swiftSettings: strict),
        .target(
            name: "LearningCurves", dependencies: ["NeuralNets", "CResources"], swiftSettings: strict),
        .target(name: "Datasets", dependencies: ["CCodecs", "COpenSSL"], swiftSettings: strict),
        .target(
            name: "Storage",
            dependencies: ["COpenSSL", "Locks", .product(name: "GRDB", package: "GRDB.swift")],
            resources: [
                .embedInCode("../../migrations/0001_create_schema.sql"),
                .embedInCode("../../migrations/0002_add_models_and_class_scores.sql"),
                .embedInCode("../../migrations/0003_order_changes.sql"),
                .embedInCode("../../migrations/0004_add_priority_and_fair_share.sql"),
                .embedInCode("../../migrations/0005_add_retries.sql"),
                .embedInCode("../../migrations/0006_add_pauses.sql"),
                .embedInCode("../../migrations/0007_index_unfinished_runs.sql"),
                .embedInCode("../../migrations/0008_add_limits.sql"),
                .embedInCode("../../migrations/0009_keep_previous_checkpoints.sql"),
                .embedInCode("../../migrations/0010_add_audit.sql"),
                .embedInCode("../../migrations/0011_add_early_stops.sql"),
                .embedInCode("../../migrations/0012_add_plans.sql"),
                .embedInCode("../../migrations/0013_add_curves.sql"),
                .embedInCode("../../migrations/0014_speed_up_claims.sql"),
            ],
            swiftSettings: strict),
        .target(
            name: "HTTP", dependencies: ["CSockets", "CTLS", "CZLIB", "Locks", httpTypes, logging],
            swiftSettings: strict),
        .target(
            name: "API", dependencies: ["HTTP", "Storage", "LearningCurves", "Locks", httpTypes, logging],
            swiftSettings: strict),
        .target(
            name: "Worker",
            dependencies: ["HTTP", "Datasets", "NeuralNets", "LearningCurves", "Locks", httpTypes, logging],
            swiftSettings: strict),
        .executableTarget(
            name: "plateau",
            dependencies: [
                "API", "HTTP", "Storage", "Datasets", "Worker", "NeuralNets", "LearningCurves", "CMalloc", httpTypes,
                "CResources", logging, .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),

        .target(name: "TestSupport", dependencies: ["Locks"], path: "Tests/TestSupport", swiftSettings: strict),
        .testTarget(
            name: "NeuralNetsTests", dependencies: ["NeuralNets", "CKernels", "TestSupport"], exclude: ["Resources"],
            swiftSettings: strict),
        .testTarget(
            name: "LearningCurvesTests",
            dependencies: ["LearningCurves", "NeuralNets", "CResources", "Locks", "TestSupport"],
            swiftSettings: strict),
        .testTarget(name: "DatasetsTests", dependencies: ["Datasets", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "StorageTests",
            dependencies: ["Storage", "Locks", "TestSupport", .product(name: "GRDB", package: "GRDB.swift")],
            exclude: ["OlderSchemas"], swiftSettings: strict),
        .testTarget(
            name: "HTTPTests", dependencies: ["HTTP", "CSockets", "CZLIB", "Locks", "TestSupport", httpTypes, logging],
            exclude: ["Corpus"], swiftSettings: strict),
        .testTarget(
            name: "APITests",
            dependencies: ["API", "HTTP", "Storage", "LearningCurves", "Locks", "TestSupport", httpTypes, logging],
            swiftSettings: strict),
        .testTarget(
            name: "WorkerTests",
            dependencies: ["Worker", "HTTP", "Datasets", "NeuralNets", "Locks", "TestSupport", httpTypes, logging],
            swiftSettings: strict),
        .testTarget(
            name: "PlateauTests",
            dependencies: [
                "plateau", "API", "HTTP", "Storage", "LearningCurves", "TestSupport", httpTypes, logging,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "EndToEndTests", dependencies: ["TestSupport", "HTTP", "Datasets", "Locks", httpTypes],
            swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
