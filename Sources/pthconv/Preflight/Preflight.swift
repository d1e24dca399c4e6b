import ArgumentParser
import PthConvKit
import PthPreflight
import PthReports

struct PreflightCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "preflight",
    abstract: "Tell before a training run what its configuration will do.",
    discussion: """
      Which weights arrive in which backbone, whether frozen stages are random,
      and whether neck, image preparation and learning rate fit. With --images the
      checkpoint's own statistics say how images were prepared. The configuration
      is read, never executed. Checkpoints are looked for where the run would find
      them: beside the configuration's own paths, and in the caches of PyTorch
      and mmengine.

      Exits with 1 if the run would not do what the configuration says.

      EXAMPLES
        pthconv preflight configs/res2net/faster-rcnn_res2net-101_fpn_2x_coco.py
        pthconv preflight config.py --gpus 4 --images-per-gpu 2
        pthconv preflight config.py --checkpoint res2net50_26w_6s-19041792.pth
        pthconv preflight config.py --images photos/
        pthconv preflight mask_rcnn_R_50_FPN_3x.yaml --gpus 4
        pthconv preflight timm/resnet50.a1_in1k --checkpoint model.pth
        pthconv preflight config.py --json && python tools/train.py config.py
      """)

  @Argument(
    help:
      "A configuration of mmdetection, its relatives or detectron2, or the name of a network of torchvision or timm.",
    completion: .file())
  var config: String

  @Option(
    help: "A file that stands in for the checkpoint that the configuration names.",
    completion: .file())
  var checkpoint: String?

  @Option(help: ArgumentHelp("GPUs of the run; the learning rate depends on them.", valueName: "n"))
  var gpus: Int?

  @Option(
    help: ArgumentHelp(
      "Images of a batch on one GPU (default: what the configuration says).", valueName: "n"))
  var imagesPerGpu: Int?

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Photographs (PNG, JPEG) of the kind the weights were trained with: files, and folders of which \(WitnessImages.most) are taken.",
      valueName: "path"), completion: .file())
  var images: [String] = []

  @Option(help: "Also write a page with all of it.", completion: .file())
  var html: String?

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    try PageFile.check(html)
    for (name, value) in [("--gpus", gpus), ("--images-per-gpu", imagesPerGpu)] {
      if let value, !(1...65536).contains(value) {
        throw ValidationError("\(name) takes a number from 1 to 65536")
      }
    }
    if imagesPerGpu != nil, gpus == nil {
      throw ValidationError("--images-per-gpu needs --gpus: together they are the batch")
    }
  }

  func run() throws {
    try CommandFailure.reporting {
      let report = try preflight(
        config,
        PreflightOptions(
          checkpoint: checkpoint, gpus: gpus, imagesPerGPU: imagesPerGpu,
          images: images.isEmpty ? nil : ImagePaths(images).paths))
      let reportJSON = PreflightJSON(report)
      if let html {
        try PageFile.write(.preflight, of: config, to: html) { reportJSON.write(to: &$0) }
      }
      if json {
        var writer = JSONWriter()
        reportJSON.write(to: &writer)
        Terminal.write(writer.bytes + [UInt8(ascii: "\n")])
      } else {
        Terminal.write(PreflightText(report, style: Terminal.style).text)
      }
      Terminal.leave(report.hasErrors ? .answerIsNo : .success)
    }
  }
}
