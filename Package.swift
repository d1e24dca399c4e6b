// swift-tools-version: 6.1
import PackageDescription

let package = Package(
  name: "pthconv",
  products: [
    .executable(name: "pthconv", targets: ["pthconv"]),
    .library(name: "PthConvKit", targets: ["PthConvKit"]),
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
    .target(name: "COnDemand"),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(
      name: "CProtobufC", pkgConfig: "libprotobuf-c", providers: [.apt(["libprotobuf-c-dev"])]),
    .systemLibrary(name: "CGlibc"),
    .target(name: "Bytes"),
    .target(name: "Pickle", dependencies: ["Bytes"]),
    .target(
      name: "Tensors",
      dependencies: ["Bytes", .product(name: "OrderedCollections", package: "swift-collections")]),
    .target(
      name: "Checkpoints",
      dependencies: ["Tensors", "Pickle", "COnDemand", "CFold", "CZlib", "CGlibc"]),
    .target(
      name: "Backbones",
      dependencies: ["Tensors", .product(name: "OrderedCollections", package: "swift-collections")]),
    .target(name: "CBoxMuller"),
    .target(name: "CFold"),
    .target(name: "CFaults"),
    .target(name: "Initializers", dependencies: ["Tensors", "Backbones", "CBoxMuller"]),
    .target(
      name: "KeyMapping", dependencies: ["Tensors", "Bytes", "Backbones", "Initializers"]),
    .target(name: "COneDNN", cSettings: [.define("ONEDNN", .when(traits: ["OneDNN"]))]),
    .target(
      name: "Engines",
      dependencies: [
        "Tensors", "Bytes", "Backbones", "Initializers",
        .target(name: "COneDNN", condition: .when(traits: ["OneDNN"])),
      ]),
    .target(name: "CImages", dependencies: ["COnDemand"]),
    .target(name: "Images", dependencies: ["CImages", "Bytes", "Tensors"]),
    .target(name: "CONNXSchema", dependencies: ["CProtobufC"], exclude: ["onnx.proto"]),
    .target(
      name: "ONNXExport",
      dependencies: ["Tensors", "Bytes", "Backbones", "Checkpoints", "CONNXSchema", "CProtobufC"]),
    .target(
      name: "PthConvKit",
      dependencies: [
        "Bytes", "Tensors", "Pickle", "Checkpoints", "Backbones", "Initializers", "KeyMapping",
        "Engines", "Images", "ONNXExport",
      ]),
    .executableTarget(
      name: "pthconv",
      dependencies: [
        "CFaults", "CGlibc", "PthConvKit",
        // Named although PthConvKit re-exports them: the build system follows direct imports only.
        "Bytes", "Tensors", "Pickle", "Checkpoints", "Backbones", "Initializers", "KeyMapping",
        "Engines", "Images", "ONNXExport",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      // One file to copy to another machine: the Swift runtime is linked in.
      linkerSettings: [
        .unsafeFlags([
          "-static-stdlib", "-use-ld=lld", "-Xclang-linker", "-no-pie",
          // Makes -lstdc++ find the archive, wherever that is installed.
          "-L\(Context.packageDirectory)/scripts/link", "-Xclang-linker", "-static-libgcc",
          "-l_FoundationCShims", "-l_FoundationCollections",
        ])
      ]),
    .executableTarget(
      name: "initializers-benchmark", dependencies: ["Initializers", "Backbones"],
      path: "Benchmarks/Initializers", exclude: ["initializers.py"]),
    .executableTarget(
      name: "engines-benchmark",
      dependencies: ["Engines", "Checkpoints", "Backbones", "Tensors", "Bytes"],
      path: "Benchmarks/Engines", exclude: ["engines.py", "peers.py"]),
    .executableTarget(
      name: "pthconv-bench", dependencies: ["Bytes", "Pickle", "Checkpoints"],
      path: "Benchmarks/Sources"),
    .testTarget(name: "BytesTests", dependencies: ["Bytes"]),
    .testTarget(name: "TensorsTests", dependencies: ["Tensors"]),
    .testTarget(name: "PickleTests", dependencies: ["Pickle"]),
    .testTarget(name: "CheckpointsTests", dependencies: ["Checkpoints", "Tensors", "Bytes"]),
    .testTarget(
      name: "InitializersTests",
      dependencies: ["Initializers", "CBoxMuller", "Backbones", "Tensors"]),
    .testTarget(name: "ImagesTests", dependencies: ["Images", "Checkpoints", "Bytes", "Tensors"]),
    .testTarget(name: "BackbonesTests", dependencies: ["Backbones"]),
    .testTarget(
      name: "KeyMappingTests",
      dependencies: ["KeyMapping", "Initializers", "Backbones", "Tensors", "Bytes"]),
    .testTarget(
      name: "ONNXExportTests",
      dependencies: [
        "ONNXExport", "Backbones", "Bytes", "Checkpoints", "Tensors", "CONNXSchema", "CProtobufC",
      ]),
    .testTarget(
      name: "EnginesTests",
      dependencies: [
        "Engines", "Initializers", "Backbones", "Tensors", "Bytes",
        .target(name: "COneDNN", condition: .when(traits: ["OneDNN"])),
      ]),
    .testTarget(
      name: "PthConvKitTests",
      dependencies: [
        "PthConvKit", "Bytes", "Tensors", "Pickle", "Checkpoints", "Backbones", "Initializers",
        "KeyMapping",
      ]),
    .testTarget(name: "CommandTests", dependencies: ["Bytes", "Tensors", "Checkpoints"]),
  ],
  swiftLanguageModes: [.v6]
)
