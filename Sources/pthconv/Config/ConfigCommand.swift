import ArgumentParser
import PthConvKit
import PthReports

struct ConfigCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "config",
    abstract: "Read a configuration of mmdetection and its like, without running it.",
    discussion: """
      Reads the file and its bases as mmengine does, and tells each value and the
      line on which it is written. Nothing is executed; what only Python could
      tell is shown as it is written.

      EXAMPLES
        pthconv config configs/faster_rcnn/faster-rcnn_r50_fpn_1x_coco.py
        pthconv config config.py | grep lr
        pthconv config config.py --json
      """)

  @Argument(help: "Configuration in Python.", completion: .file(extensions: ["py"]))
  var config: String

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    try CommandFailure.reporting {
      let config = try Config.read(config)
      guard json else {
        return Terminal.write(ConfigText(config, style: Terminal.style).text)
      }
      var writer = JSONWriter()
      ConfigJSON(config).write(to: &writer)
      Terminal.write(writer.bytes + [UInt8(ascii: "\n")])
    }
  }
}
