import ArgumentParser
import PthConvKit
import PthReports

struct LearningRateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lr",
    abstract: "Tell the learning rate for the GPUs and images of a run.",
    discussion: """
      A detector's learning rate grows with the images of a step. mmdetection's
      configurations give it for 8 GPUs with 2 images each; some say otherwise in
      auto_scale_lr.base_batch_size.

      EXAMPLES
        pthconv lr --base-lr 0.02 --gpus 4 --images-per-gpu 2
        pthconv lr --base-lr 0.0001 --gpus 2 --images-per-gpu 4 --base-batch-size 16
        pthconv lr --base-lr 0.02 --gpus 1 --images-per-gpu 1 --json
      """)

  @Option(help: ArgumentHelp("The rate that the configuration gives.", valueName: "rate"))
  var baseLr: Double

  @Option(help: ArgumentHelp("GPUs of the run.", valueName: "n"))
  var gpus: Int

  @Option(help: ArgumentHelp("Images that each GPU takes in a step.", valueName: "n"))
  var imagesPerGpu: Int

  @Option(
    help: ArgumentHelp("Images of a step that the rate is for (default: 16).", valueName: "n"))
  var baseBatchSize: Int?

  @Flag(help: "Print JSON.")
  var json = false

  private var rate: LearningRate? {
    LearningRate(base: baseLr, gpus: gpus, imagesPerGPU: imagesPerGpu, baseBatchSize: baseBatchSize)
  }

  func validate() throws {
    if rate == nil { throw ValidationError("the rate and all counts must be greater than 0") }
  }

  func run() throws {
    guard let rate else { return }
    guard json else { return Terminal.write(rate.text) }
    var writer = JSONWriter()
    rate.write(to: &writer)
    Terminal.write(writer.bytes + [UInt8(ascii: "\n")])
  }
}
