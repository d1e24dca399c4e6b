// swift-tools-version: 6.1
import PackageDescription

// The parts of the library that read what others wrote, and the fuzz targets, as one static library.
// `scripts/fuzz.sh` puts this file beside links to `Sources` and `Fuzz`, and links the result with
// libFuzzer: SwiftPM cannot.

let settings: [SwiftSetting] = [.enableUpcomingFeature("MemberImportVisibility")]

func module(_ folder: String, _ dependencies: Target.Dependency...) -> Target {
  .target(
    name: "Pth\(folder)", dependencies: dependencies, path: "Sources/\(folder)",
    swiftSettings: settings)
}

func cModule(_ folder: String, _ dependencies: Target.Dependency...) -> Target {
  .target(name: "CPth\(folder)", dependencies: dependencies, path: "Sources/C\(folder)")
}

func system(_ folder: String) -> Target {
  .systemLibrary(name: "CPth\(folder)", path: "Sources/C\(folder)")
}

let collections: Target.Dependency = .product(
  name: "OrderedCollections", package: "swift-collections")

let package = Package(
  name: "pthconv-fuzz",
  products: [.library(name: "PthFuzz", type: .static, targets: ["PthFuzz"])],
  dependencies: [.package(url: "https://github.com/apple/swift-collections", from: "1.6.0")],
  targets: [
    system("Zlib"), system("Glibc"),
    cModule("ForkGate"), cModule("OnDemand", "CPthForkGate"), cModule("BoxMuller"), cModule("Fold"),
    cModule("Images", "CPthOnDemand", "CPthForkGate"),
    module("Bytes", "CPthForkGate"),
    module("Pickle", "PthBytes"),
    module("Tensors", "PthBytes", collections),
    module(
      "Checkpoints", "PthTensors", "PthBytes", "PthPickle", "CPthOnDemand", "CPthFold", "CPthZlib",
      "CPthGlibc", collections),
    module("Backbones", "PthTensors", collections),
    module("Initializers", "PthTensors", "PthBytes", "PthBackbones", "CPthBoxMuller"),
    module(
      "KeyMapping", "PthTensors", "PthBytes", "PthBackbones", "PthInitializers", collections),
    module("Images", "CPthImages", "PthBytes", "PthTensors"),
    .target(
      name: "PthFuzz",
      dependencies: [
        "PthBytes", "PthPickle", "PthTensors", "PthCheckpoints", "PthBackbones", "PthKeyMapping",
        "PthImages", collections,
      ], path: "Fuzz/Targets", swiftSettings: settings),
  ],
  swiftLanguageModes: [.v6]
)
