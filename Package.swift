// swift-tools-version: 6.1
import PackageDescription

let settings: [SwiftSetting] = [.enableUpcomingFeature("MemberImportVisibility")]

// Target names are unique in a whole package graph, so ours carry a prefix; folders go without it.

/// A Swift module of the library: `Sources/<folder>` as `Pth<folder>`.
func module(_ folder: String, _ dependencies: Target.Dependency...) -> Target {
  .target(
    name: "Pth\(folder)", dependencies: dependencies, path: "Sources/\(folder)",
    swiftSettings: settings)
}

/// A C module of the library: `Sources/C<folder>` as `CPth<folder>`.
func cModule(
  _ folder: String, _ dependencies: Target.Dependency..., exclude: [String] = [],
  cSettings: [CSetting] = []
) -> Target {
  .target(
    name: "CPth\(folder)", dependencies: dependencies, path: "Sources/C\(folder)",
    exclude: exclude, cSettings: cSettings)
}

/// A library of the system with its headers.
///
/// Without pkg-config: its `-L/usr/lib/…` would stand before the program's own folder of libraries.
func system(_ folder: String, apt: String...) -> Target {
  .systemLibrary(
    name: "CPth\(folder)", path: "Sources/C\(folder)",
    providers: apt.isEmpty ? nil : [.apt(apt)])
}

func tests(_ name: String, _ dependencies: Target.Dependency...) -> Target {
  .testTarget(name: name, dependencies: dependencies + ["TestSupport"], swiftSettings: settings)
}

func benchmark(
  _ name: String, _ folder: String, exclude: [String] = [], _ dependencies: Target.Dependency...
) -> Target {
  .executableTarget(
    name: name, dependencies: dependencies, path: "Benchmarks/\(folder)", exclude: exclude,
    swiftSettings: settings)
}

/// Flags with which a program or a C library has everything of Swift inside: one file to copy to
/// another machine.
let selfContained = [
  "-static-stdlib", "-use-ld=lld",
  // Makes -lstdc++ find the archive, wherever that is installed.
  "-L\(Context.packageDirectory)/scripts/link", "-Xclang-linker", "-static-libgcc",
  "-l_FoundationCShims", "-l_FoundationCollections",
]

let collections: Target.Dependency = .product(
  name: "OrderedCollections", package: "swift-collections")
let oneDNN: Target.Dependency = .target(name: "CPthOneDNN", condition: .when(traits: ["OneDNN"]))

let package = Package(
  name: "pthconv",
  products: [
    .executable(name: "pthconv", targets: ["pthconv"]),
    .library(name: "PthConvKit", targets: ["PthConvKit"]),
    // Reading and writing alone, for those who need neither networks nor engines.
    .library(name: "PthCheckpoints", targets: ["PthCheckpoints", "PthTensors"]),
    .library(name: "pthconv-c", type: .dynamic, targets: ["PthInterface"]),
  ],
  traits: [
    .default(enabledTraits: ["OneDNN"]),
    .trait(name: "OneDNN", description: "The fast engine; needs Debian's libdnnl-dev to build"),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
  ],
  targets: [
    system("Zlib", apt: "zlib1g-dev"),
    system("ProtobufC", apt: "libprotobuf-c-dev"),
    system("Glibc"),
    system("Interface"),
    cModule("ForkGate"),
    cModule("OnDemand", "CPthForkGate"),
    cModule("BoxMuller"),
    cModule("Fold"),
    cModule("Faults"),
    cModule("OneDNN", "CPthForkGate", cSettings: [.define("ONEDNN", .when(traits: ["OneDNN"]))]),
    cModule("Images", "CPthOnDemand", "CPthForkGate"),
    cModule("ONNXSchema", "CPthProtobufC", exclude: ["onnx.proto"]),
    module("Bytes", "CPthForkGate"),
    module("Pickle", "PthBytes"),
    module("Tensors", "PthBytes", collections),
    module(
      "Checkpoints", "PthTensors", "PthBytes", "PthPickle", "CPthOnDemand", "CPthFold", "CPthZlib",
      "CPthGlibc", collections),
    module("Backbones", "PthBytes", "PthTensors", collections),
    module("Initializers", "PthTensors", "PthBytes", "PthBackbones", "CPthBoxMuller"),
    module(
      "KeyMapping", "PthTensors", "PthBytes", "PthBackbones", "PthInitializers", collections),
    module("Engines", "PthTensors", "PthBytes", "PthBackbones", "PthInitializers", oneDNN),
    module("Images", "CPthImages", "PthBytes", "PthTensors"),
    module("Configs", "PthBytes", "CPthOnDemand", collections),
    module(
      "ONNXExport", "PthTensors", "PthBytes", "PthBackbones", "PthCheckpoints", "CPthONNXSchema",
      "CPthProtobufC"),
    module(
      "Reports", "PthBytes", "PthTensors", "PthPickle", "PthCheckpoints", "PthBackbones",
      "PthInitializers", "PthKeyMapping", "PthEngines", "PthImages", "PthConfigs", collections),
    module(
      "Preflight", "PthConfigs", "PthBytes", "PthTensors", "PthCheckpoints", "PthBackbones",
      "PthKeyMapping", "PthReports", collections),
    .target(
      name: "PthConvKit",
      dependencies: [
        "PthBytes", "PthTensors", "PthPickle", "PthCheckpoints", "PthBackbones", "PthInitializers",
        "PthKeyMapping", "PthEngines", "PthImages", "PthONNXExport", "PthReports", "PthConfigs",
        "PthPreflight", collections,
      ], swiftSettings: settings),
    .executableTarget(
      name: "pthconv",
      dependencies: [
        "CPthFaults", "CPthGlibc", "PthConvKit",
        // Named although PthConvKit re-exports them: the build system follows direct imports only.
        "PthBytes", "PthTensors", "PthPickle", "PthCheckpoints", "PthBackbones", "PthInitializers",
        "PthKeyMapping", "PthEngines", "PthImages", "PthONNXExport", "PthReports", "PthConfigs",
        "PthPreflight", collections,
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: settings,
      linkerSettings: [
        .unsafeFlags(
          selfContained + [
            // Makes -lprotobuf-c find the archive: only ONNX needs it, and the program must start
            // without it.
            "-L\(Context.packageDirectory)/scripts/link/program", "-Xclang-linker", "-no-pie",
          ])
      ]),
    .target(
      name: "PthInterface",
      dependencies: [
        "CPthInterface", "PthConvKit", "PthReports", "PthBytes", "PthTensors", "PthPickle",
        "PthCheckpoints", "PthBackbones", "PthInitializers", "PthKeyMapping", "PthEngines",
        "PthImages", "PthONNXExport", "PthConfigs", "PthPreflight", collections,
      ], path: "Sources/Interface", swiftSettings: settings,
      linkerSettings: [
        .unsafeFlags(
          selfContained + [
            "-Xlinker", "-soname=libpthconv.so.1",
            // A process may hold other copies of Swift: nothing but the C functions is to be seen.
            "-Xlinker", "--version-script=\(Context.packageDirectory)/scripts/link/libpthconv.map",
          ])
      ]),
    benchmark(
      "initializers-benchmark", "Initializers", exclude: ["initializers.py"], "PthInitializers",
      "PthBackbones", "PthTensors"),
    benchmark(
      "engines-benchmark", "Engines", exclude: ["engines.py", "peers.py", "witness.py"],
      "PthEngines", "PthCheckpoints", "PthBackbones", "PthTensors", "PthBytes"),
    benchmark("pthconv-bench", "Sources", "PthBytes", "PthPickle", "PthCheckpoints", "PthTensors"),
    // The fixtures, for all test targets.
    .target(name: "TestSupport", path: "Tests/Support", swiftSettings: settings),
    tests("BytesTests", "PthBytes"),
    tests("PickleTests", "PthPickle", "PthBytes"),
    tests("CheckpointsTests", "PthCheckpoints", "CPthGlibc", "PthTensors", "PthBytes", "PthPickle"),
    tests(
      "InitializersTests", "PthInitializers", "CPthBoxMuller", "PthBackbones", "PthTensors",
      "PthBytes"),
    tests("ImagesTests", "PthImages", "PthCheckpoints", "PthBytes", "PthTensors"),
    tests("BackbonesTests", "PthBackbones", "PthTensors"),
    tests(
      "KeyMappingTests", "PthKeyMapping", "PthInitializers", "PthBackbones", "PthTensors",
      "PthBytes"),
    tests(
      "ONNXExportTests", "PthONNXExport", "PthBackbones", "PthBytes", "PthCheckpoints",
      "PthTensors", "CPthONNXSchema", "CPthProtobufC"),
    tests(
      "EnginesTests", "PthEngines", "PthONNXExport", "PthInitializers", "PthBackbones",
      "PthTensors", "PthBytes",
      oneDNN),
    tests(
      "PthConvKitTests", "PthConvKit", "PthBytes", "PthTensors", "PthPickle", "PthCheckpoints",
      "PthBackbones", "PthInitializers", "PthKeyMapping", "PthEngines", "PthReports"),
    // A family and the snippets of docs/library.md, as somebody else's package sees the library.
    .testTarget(
      name: "FamilyTests", dependencies: ["PthConvKit", "TestSupport"], packageAccess: false,
      swiftSettings: settings),
    tests("ConfigsTests", "PthConfigs", collections),
    tests(
      "PreflightTests", "PthPreflight", "PthConfigs", "PthCheckpoints", "PthBackbones",
      "PthTensors",
      "PthReports", "PthConvKit", collections),
    tests("CommandTests", "PthBytes", "PthTensors", "PthCheckpoints"),
  ],
  swiftLanguageModes: [.v6]
)
