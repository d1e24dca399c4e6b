import ArgumentParser
import PthConfigs
import PthConvKit
import PthReports

struct ConfigCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "config",
    abstract:
      "Read a configuration of mmdetection and its like without running it, or give it a new backbone.",
    discussion: """
      Reads the file and its bases as mmengine does, and tells each value and the
      line on which it is written. Nothing is executed; what only Python could
      tell is shown as it is written.

      With --backbone a new file is written, in which the backbone is the one whose
      weights FILE holds: its arguments as the file shows them, the weights named
      in the style of the configuration, the neck's channels, the preparation of
      the images and the learning rate. Everything else stays byte for byte.

      EXAMPLES
        pthconv config configs/faster_rcnn/faster-rcnn_r50_fpn_1x_coco.py
        pthconv config config.py | grep lr
        pthconv config config.py --json
        pthconv config config.py --backbone Res2Net --pretrained res2net101.pth \\
          --gpus 4 --images-per-gpu 2 --output new.py
      """)

  @Argument(help: "Configuration in Python.", completion: .file(extensions: ["py"]))
  var config: String

  @Option(
    help: ArgumentHelp("The new backbone; 'pthconv backbones' lists them.", valueName: "name"),
    completion: Completions.backbones)
  var backbone: String?

  @Option(
    help: ArgumentHelp("Checkpoint with the new backbone's weights.", valueName: "file"),
    completion: .file())
  var pretrained: String?

  @Option(help: ArgumentHelp("GPUs of the run, for the learning rate.", valueName: "n"))
  var gpus: Int?

  @Option(help: ArgumentHelp("Images that each GPU takes in a step.", valueName: "n"))
  var imagesPerGpu: Int?

  @Option(
    help: ArgumentHelp(
      "Of a model of several networks the one that gets the backbone, such as model.reid.",
      valueName: "path"))
  var part: String?

  @Option(
    name: [.long, .customShort("o")], help: "The configuration to write.",
    completion: .file(extensions: ["py"]))
  var output: String?

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    let isRewrite = [backbone, pretrained, output].map { $0 != nil }
    if isRewrite.contains(true), isRewrite.contains(false) {
      throw ValidationError("--backbone, --pretrained and --output are given together")
    }
    if (gpus == nil) != (imagesPerGpu == nil) {
      throw ValidationError("--gpus and --images-per-gpu are given together")
    }
    if part != nil, output == nil {
      throw ValidationError("--part is for a new configuration")
    }
    if gpus != nil, output == nil {
      throw ValidationError("--gpus is for a new configuration; 'pthconv lr' tells a rate")
    }
    if gpus ?? 1 < 1 || imagesPerGpu ?? 1 < 1 {
      throw ValidationError("--gpus and --images-per-gpu must be at least 1")
    }
    if let output, !output.hasSuffix(".py") {
      throw ValidationError("--output takes the name of a configuration, which ends with .py")
    }
    if json, output != nil {
      throw ValidationError("--json prints a configuration; it does not go with --output")
    }
  }

  func run() throws {
    try CommandFailure.reporting {
      if let backbone, let pretrained, let output {
        return try rewrite(backbone, pretrained, output)
      }
      let config = try Config.read(config)
      guard json else {
        return Terminal.write(ConfigText(config, style: Terminal.style).text)
      }
      var writer = JSONWriter()
      ConfigJSON(config).write(to: &writer)
      Terminal.write(writer.bytes + [UInt8(ascii: "\n")])
    }
  }

  private func rewrite(_ backbone: String, _ pretrained: String, _ output: String) throws {
    var run: (gpus: Int, imagesPerGPU: Int)?
    if let gpus, let imagesPerGpu { run = (gpus, imagesPerGpu) }
    let rewrite = try ConfigRewrite(
      ConfigRewrite.Request(
        config: config, backbone: backbone, pretrained: pretrained, run: run, output: output,
        part: part))
    let file = try AtomicFile(output, inputs: rewrite.inputs)
    try rewrite.contents.withUnsafeBytes { try file.write($0, at: 0) }
    try file.commit()
    let diff = UnifiedDiff(
      (config, String(decoding: rewrite.original, as: UTF8.self)),
      (output, String(decoding: rewrite.contents, as: UTF8.self)))
    let notes = rewrite.notes.flatMap { Terminal.style.wrapped($0) }
    Terminal.write(
      diff.text(Terminal.style) + "\n" + notes.map { $0 + "\n" }.joined() + "\(output) is written\n"
    )
  }
}
