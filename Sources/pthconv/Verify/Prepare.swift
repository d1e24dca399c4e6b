import ArgumentParser
import PthConvKit
import PthReports

struct Prepare: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prepare",
    abstract: "Find how a network's images were prepared: the scale, and the order of colours.",
    discussion: """
      Batch norms recorded in training what they saw of the images. The ways in which
      published networks prepare them are tried on yours, and what fits is printed as
      settings of mmdetection, timm and torchvision. What cannot be told is said so.
      Exit code 1 if the scale cannot be told.

      EXAMPLES
        pthconv prepare model.pth --images photos/
        pthconv prepare model.pth --backbone ResNet --flavor mmdet --images photos/
      """)

  @Argument(help: "Checkpoint; - reads standard input.", completion: .file())
  var file: String

  @OptionGroup var target: BackboneOptions
  @OptionGroup var mapping: MappingArguments

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Photographs (PNG, JPEG) of the kind the network was trained with: files, and folders of which \(WitnessImages.most) are taken.",
      valueName: "path"), completion: .file())
  var images: [String]

  @Option(help: ArgumentHelp("Height and width to cut images to.", valueName: "n"))
  var size = 224

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    guard (32...4096).contains(size) else {
      throw ValidationError("--size takes a number from 32 to 4096")
    }
  }

  func run() throws {
    try CommandFailure.reporting {
      let checkpoint = try Checkpoint.open(file, key: self.mapping.key)
      let options = try self.mapping.options(for: checkpoint)
      let mapping = try request(checkpoint, options).mapping(of: checkpoint, options: options)
      guard mapping.report.verdict != .nothing else {
        throw InputProblem(
          "\(file): none of its \(checkpoint.stateDict.keys.count) tensors fits "
            + "\(mapping.target.backbone); 'pthconv map' tells why")
      }
      let pictures = try ImagePaths(images).read(size: size)
      let weights = try LoadedBackbone(mapping, from: checkpoint.stateDict).weights
      let report = try PreparationReport(mapping, weights, pictures)
      if json {
        Terminal.writeJSON { report.write(to: &$0) }
      } else {
        Terminal.write(report.text(style: Terminal.style))
      }
      guard report.finding.scale != nil else { throw ExitCode.answerIsNo }
    }
  }

  /// The requested backbone, or the one detected in the file.
  private func request(
    _ checkpoint: Checkpoint, _ options: MappingOptions
  ) throws -> BackboneRequest {
    if target.isGiven { return try target.request() }
    let detections = options.registry.detectAll(
      checkpoint.stateDict.keyShapes, fileName: checkpoint.fileName)
    guard let found = detections.first else {
      throw InputProblem(
        "\(file): its network is none that pthconv knows; --backbone names one")
    }
    return BackboneRequest(found.backbone)
  }
}
