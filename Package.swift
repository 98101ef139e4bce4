// swift-tools-version:6.2
import PackageDescription

let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .treatAllWarnings(as: .error),
]

let package = Package(
  name: "board-sync",
  products: [
    .executable(name: "board", targets: ["board"]),
    .executable(name: "board-hub", targets: ["board-hub"]),
    .executable(name: "board-simulator", targets: ["board-simulator"]),
    .executable(name: "board-benchmark", targets: ["board-benchmark"]),
  ],
  dependencies: [
    // SQLite: opening, pooling, migrations. Saves us a database layer; hot paths use its raw connection.
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    // The hub's HTTP server, on NIO. Saves us HTTP/1.1 parsing, routing and graceful shutdown.
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    // The member's HTTP client, on NIO. Saves us connection handling and TLS.
    .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
    // board-hub's command line. Saves us option parsing and usage texts.
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    // Reads the model file, which people edit. Saves us a YAML parser.
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    // Named because the hub's shell uses them directly; Hummingbird brings them in any case.
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    // Reads and writes the fields of a signature (RFC 9651). Saves us a parser for what strangers send.
    .package(url: "https://github.com/apple/swift-http-structured-headers", from: "1.7.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
  ],
  targets: [
    // Shared: the engine. `Replication` imports only `Cryptography`, and neither does I/O.
    .systemLibrary(
      name: "COpenSSL", path: "Shared/COpenSSL", pkgConfig: "libcrypto",
      providers: [.apt(["libssl-dev"])]),
    .systemLibrary(
      name: "CZstd", path: "Shared/CZstd", pkgConfig: "libzstd",
      providers: [.apt(["libzstd-dev"])]),
    .target(
      name: "Cryptography", dependencies: ["COpenSSL"], path: "Shared/Cryptography",
      swiftSettings: strict),
    .target(
      name: "Replication", dependencies: ["Cryptography"], path: "Shared/Replication",
      swiftSettings: strict),
    // JSON as people and scripts read and type it. The engine knows nothing of it.
    .target(
      name: "JSONText", dependencies: ["Replication", "Cryptography"], path: "Shared/JSONText",
      swiftSettings: strict),
    .target(
      name: "SyncProtocol", dependencies: ["Replication", "Cryptography"],
      path: "Shared/SyncProtocol", swiftSettings: strict),
    // Kinds of record as data: the model file, read and checked, and input by its types. It does not depend on the board's model.
    .target(
      name: "RecordModel",
      dependencies: ["JSONText", "Replication", .product(name: "Yams", package: "Yams")],
      path: "Shared/RecordModel", swiftSettings: strict),
    // The board's own model file, and the file of the Centre's records with which a hub begins.
    .target(
      name: "BoardModel", dependencies: ["RecordModel", "JSONText", "Replication"],
      path: "Shared/BoardModel", resources: [.embedInCode("board-model.yaml")], swiftSettings: strict),
    .target(
      name: "SQLiteStorage",
      dependencies: [
        "JSONText", "Replication", "Cryptography",
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "GRDBSQLite", package: "GRDB.swift"),
      ],
      path: "Shared/SQLiteStorage", swiftSettings: strict),

    // Which device a request is from, and that nothing of it was changed: the same on both sides of the line.
    .target(
      name: "RequestSigning",
      dependencies: [
        "Cryptography", .product(name: "RawStructuredFieldValues", package: "swift-http-structured-headers"),
      ],
      path: "Shared/RequestSigning", swiftSettings: strict),

    // Bodies as they travel: the content coding zstd, and its limits.
    .target(
      name: "Compression", dependencies: ["Replication", "CZstd"], path: "Shared/Compression", swiftSettings: strict),

    // Anybody's words on their way out: one encoder, as a type, for each place they can go.
    .target(name: "SafeText", path: "Shared/SafeText", swiftSettings: strict),

    // What both programs ask of the system that starts them.
    .target(
      name: "ProgramIO", dependencies: ["Cryptography"], path: "Shared/ProgramIO", swiftSettings: strict),

    // Server: a hub. `SyncHub` knows neither HTTP nor the board's kinds.
    .target(
      name: "SyncHub", dependencies: ["SyncProtocol", "Replication", "Cryptography"],
      path: "Server/SyncHub", swiftSettings: strict),
    // Exchange with partner universities: agreements, and exactly what they name.
    .target(
      name: "PartnerExchange",
      dependencies: ["SyncHub", "ClientCore", "SyncProtocol", "RecordModel", "Replication", "Cryptography"],
      path: "Server/PartnerExchange", swiftSettings: strict),
    .target(
      name: "HubAdministration",
      dependencies: [
        "PartnerExchange", "SyncHub", "SyncProtocol", "RecordModel", "JSONText", "Replication", "Cryptography",
      ],
      path: "Server/HubAdministration", swiftSettings: strict),
    // Administration in plain words.
    .target(
      name: "HubTerminal",
      dependencies: ["HubAdministration", "SyncHub", "SafeText", "JSONText", "Replication", "Cryptography"],
      path: "Server/HubTerminal", swiftSettings: strict),
    .target(
      name: "HubHTTP",
      dependencies: [
        "SyncHub", "SyncProtocol", "PartnerExchange", "HubAdministration", "Compression", "RequestSigning", "JSONText",
        "Replication",
        "Cryptography",
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "HummingbirdTLS", package: "hummingbird"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
      ],
      path: "Server/HubHTTP", resources: [.embedInCode("openapi.json")], swiftSettings: strict),

    // Client: a member's replica and what a person sees of it.
    .target(
      name: "ClientCore",
      dependencies: ["SyncProtocol", "RecordModel", "Replication", "Cryptography"],
      path: "Client/ClientCore", swiftSettings: strict),
    .target(
      name: "ClientHTTP",
      dependencies: [
        "ClientCore", "SyncProtocol", "Compression", "RequestSigning", "JSONText", "Replication", "Cryptography",
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
      ],
      path: "Client/ClientHTTP", swiftSettings: strict),
    .target(
      name: "BoardTerminal",
      dependencies: [
        "ClientCore", "SyncProtocol", "RecordModel", "SafeText", "ProgramIO", "JSONText", "Replication", "Cryptography",
      ],
      path: "Client/BoardTerminal", swiftSettings: strict),

    // Programs: each chooses store, clock and transport, and nothing else.
    .executableTarget(
      name: "board",
      dependencies: [
        "BoardTerminal", "ClientCore", "ClientHTTP", "SQLiteStorage", "ProgramIO", "Replication", "Cryptography",
      ],
      path: "Sources/board", swiftSettings: strict),
    .executableTarget(
      name: "board-hub",
      dependencies: [
        "HubHTTP", "HubTerminal", "HubAdministration", "PartnerExchange", "ClientHTTP", "ClientCore", "SyncHub",
        "SyncProtocol", "SQLiteStorage", "BoardModel", "RecordModel", "SafeText", "ProgramIO", "Cryptography",
        "RequestSigning", "JSONText", "Replication",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
      ],
      path: "Sources/board-hub", swiftSettings: strict),

    .executableTarget(
      name: "board-simulator",
      dependencies: [
        "Simulation", "Cryptography", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Sources/board-simulator", swiftSettings: strict),
    .executableTarget(
      name: "board-benchmark",
      dependencies: [
        "TestKit", "ClientCore", "SyncHub", "SyncProtocol", "SQLiteStorage", "BoardModel", "Compression", "RecordModel",
        "Replication", "Cryptography", .product(name: "GRDBSQLite", package: "GRDB.swift"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Sources/board-benchmark", swiftSettings: strict),

    // Tests: the promises. `TestKit` holds what several of them share.
    .target(
      name: "TestKit",
      dependencies: [
        "ClientCore", "HubAdministration", "SyncHub", "SyncProtocol", "SQLiteStorage", "BoardModel", "RecordModel",
        "Replication", "Cryptography", .product(name: "GRDBSQLite", package: "GRDB.swift"),
      ],
      path: "Tests/TestKit", swiftSettings: strict),
    // Whole worlds in one process: the product's own code on simulated disks, clocks and lines.
    .target(
      name: "Simulation",
      dependencies: [
        "TestKit", "ClientCore", "HubAdministration", "SyncHub", "SyncProtocol", "SQLiteStorage", "BoardModel",
        "RecordModel",
        "JSONText", "Replication", "Cryptography", "COpenSSL", .product(name: "GRDBSQLite", package: "GRDB.swift"),
      ],
      path: "Tests/Simulation", swiftSettings: strict),
    .testTarget(
      name: "CryptographyTests", dependencies: ["Cryptography"], path: "Tests/CryptographyTests", swiftSettings: strict),
    .testTarget(
      name: "RequestSigningTests", dependencies: ["RequestSigning", "Cryptography"], path: "Tests/RequestSigningTests",
      swiftSettings: strict),
    .testTarget(
      name: "CompressionTests", dependencies: ["Compression", "TestKit", "Replication", "CZstd"],
      path: "Tests/CompressionTests", swiftSettings: strict),
    .testTarget(
      name: "ReplicationTests", dependencies: ["TestKit", "Replication", "Cryptography"],
      path: "Tests/ReplicationTests", swiftSettings: strict),
    .testTarget(
      name: "JSONTextTests", dependencies: ["JSONText", "Replication"], path: "Tests/JSONTextTests",
      swiftSettings: strict),
    .testTarget(
      name: "BoardModelTests", dependencies: ["BoardModel", "RecordModel", "JSONText", "Replication"],
      path: "Tests/BoardModelTests", swiftSettings: strict),
    // The store contract, to which a test target holds a backend.
    .target(
      name: "StoreConformance", dependencies: ["TestKit", "Replication", "Cryptography"],
      path: "Tests/StoreConformance", swiftSettings: strict),
    .testTarget(
      name: "StorageTests",
      dependencies: ["StoreConformance", "SQLiteStorage", "Replication"],
      path: "Tests/StorageTests", swiftSettings: strict),
    .testTarget(
      name: "SyncTests",
      dependencies: [
        "TestKit", "ClientCore", "HubAdministration", "SyncHub", "SyncProtocol", "SQLiteStorage", "BoardModel",
        "RecordModel", "JSONText", "Replication", "Cryptography",
        .product(name: "GRDB", package: "GRDB.swift"),
      ],
      path: "Tests/SyncTests", swiftSettings: strict),
    .testTarget(
      name: "PartnerTests",
      dependencies: [
        "PartnerExchange", "HubAdministration", "HubTerminal", "SafeText", "TestKit", "ClientCore", "SyncHub",
        "SyncProtocol", "SQLiteStorage", "BoardModel", "RecordModel", "Replication", "Cryptography",
      ],
      path: "Tests/PartnerTests", swiftSettings: strict),
    .testTarget(
      name: "HubTests",
      dependencies: [
        "TestKit", "ClientCore", "HubTerminal", "HubAdministration", "SafeText", "SyncHub", "SyncProtocol",
        "SQLiteStorage", "BoardModel", "RecordModel", "JSONText", "Replication", "Cryptography",
        .product(name: "GRDB", package: "GRDB.swift"),
      ],
      path: "Tests/HubTests", swiftSettings: strict),
    .testTarget(
      name: "TerminalTests",
      dependencies: [
        "TestKit", "BoardTerminal", "ClientHTTP", "ClientCore", "SyncHub", "SyncProtocol", "SQLiteStorage",
        "Compression",
        "BoardModel", "RecordModel", "SafeText", "JSONText", "Replication", "Cryptography",
      ],
      path: "Tests/TerminalTests", swiftSettings: strict),
    .testTarget(
      name: "SimulationTests",
      dependencies: [
        "Simulation", "TestKit", "SQLiteStorage", "Replication", .product(name: "GRDB", package: "GRDB.swift"),
      ],
      path: "Tests/SimulationTests", swiftSettings: strict),
    .testTarget(
      name: "StoryTests",
      dependencies: [
        "Simulation", "TestKit", "ClientCore", "HubAdministration", "SyncHub", "SQLiteStorage", "RecordModel",
        "JSONText", "Replication",
      ],
      path: "Tests/StoryTests", swiftSettings: strict),
    .testTarget(
      name: "WireTests",
      dependencies: [
        "TestKit", "PartnerExchange", "ClientCore", "HubAdministration", "SyncHub", "SyncProtocol", "RecordModel",
        "SQLiteStorage", "Replication", "Cryptography",
      ],
      path: "Tests/WireTests", exclude: ["Golden", "client.py"], swiftSettings: strict),
    .testTarget(
      name: "HubHTTPTests",
      dependencies: [
        "TestKit", "HubHTTP", "HubAdministration", "PartnerExchange", "SyncHub", "SyncProtocol", "Compression",
        "RequestSigning", "ClientHTTP", "ClientCore", "SQLiteStorage", "RecordModel", "JSONText", "Replication",
        "Cryptography", .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "Logging", package: "swift-log"),
      ],
      path: "Tests/HubHTTPTests", swiftSettings: strict),
    // What is fuzzed, for libFuzzer and for the tests that replay its corpus.
    .target(
      name: "FuzzTargets",
      dependencies: [
        "TestKit", "ClientCore", "HubAdministration", "SyncHub", "SyncProtocol", "Compression", "BoardModel",
        "RecordModel", "Replication", "Cryptography",
      ],
      path: "Tests/FuzzTargets", swiftSettings: strict),
    .testTarget(
      name: "FuzzTests", dependencies: ["FuzzTargets", "TestKit"], path: "Tests/FuzzTests", swiftSettings: strict),
    // Replay after a restore, as an executable model beside Docs/replay.md; it knows nothing of the product.
    .testTarget(name: "ReplayModelTests", path: "Tests/ReplayModelTests", swiftSettings: strict),
    // The pages are held to the sources: links, names of tests, paths, words; and the form of commits.
    .testTarget(name: "DocsTests", path: "Tests/DocsTests", swiftSettings: strict),
    // Real processes: how tests start, watch and end the programs.
    .target(name: "ProgramKit", dependencies: ["JSONText"], path: "Tests/ProgramKit", swiftSettings: strict),
    .testTarget(
      name: "ProgramTests",
      dependencies: [
        "ProgramKit", "TestKit", "RequestSigning", "JSONText", "Replication", "Cryptography", "board", "board-hub",
      ],
      path: "Tests/ProgramTests", exclude: ["fake-hub.py", "openapi_hooks.py"], swiftSettings: strict),
    // The same programs in a hostile world: kills in hundreds, power cuts, full disks, cut lines, wrong clocks.
    .testTarget(
      name: "Rigs",
      dependencies: ["ProgramKit", "TestKit", "SyncHub", "JSONText", "Replication", "board", "board-hub"],
      path: "Tests/Rigs",
      exclude: [
        "attacker.py", "control-writer.py", "cutting-proxy.py", "shifted-clock.c", "slow-crowd.py", "wrong-programs.py",
      ],
      swiftSettings: strict),
  ]
)

// Fuzzing wants the compiler's own runtime and other flags, so it is built only where Scripts/fuzz asks for it.
if Context.environment["BOARD_FUZZ"] != nil {
  package.targets.append(
    .executableTarget(
      name: "board-fuzz", dependencies: ["FuzzTargets"], path: "Tests/Fuzz", exclude: ["Corpus"],
      swiftSettings: strict))
}

// The same for the thread sanitizer and Scripts/race.
if Context.environment["BOARD_RACE"] != nil {
  package.targets.append(
    .executableTarget(
      name: "board-race",
      dependencies: [
        "TestKit", "HubHTTP", "HubAdministration", "ClientHTTP", "ClientCore", "SQLiteStorage", "SyncProtocol",
        "RecordModel",
        "Replication", "Cryptography", .product(name: "Logging", package: "swift-log"),
      ],
      path: "Tests/Race",
      swiftSettings: strict))
}
