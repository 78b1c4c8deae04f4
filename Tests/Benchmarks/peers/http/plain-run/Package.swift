// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "plain-run",
    dependencies: [
        .package(name: "plateau-server", path: "../../../../.."),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    ],
    targets: [
        // `Written` are links to the files of `Sources/API` that write a run.
        .executableTarget(
            name: "PlainRun",
            dependencies: [
                .product(name: "HTTP", package: "plateau-server"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: [.enableUpcomingFeature("InternalImportsByDefault")])
    ],
    swiftLanguageModes: [.v6]
)
