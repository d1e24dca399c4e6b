import ArgumentParser
import PthConvKit
import PthReports

struct Init: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init",
    abstract: "Write a freshly initialised state dict, as PyTorch's init_weights would.",
    discussion: """
      The values are those of torch.manual_seed(SEED) followed by the flavor's
      initialisation loop.

      EXAMPLES
        pthconv init --backbone res2net50_26w_6s --output fresh.safetensors
        pthconv init --backbone ResNet --depth 18 --output resnet18.pth
      """)

  @OptionGroup var target: BackboneOptions

  @Option(help: ArgumentHelp("Seed of the random values.", valueName: "seed"))
  var initSeed = 0

  @Option(help: "The file to write; its ending names the format.", completion: .file())
  var output: String

  @OptionGroup var writing: WritingOptions

  func validate() throws {
    try target.requireBackbone()
    try writing.check(output, prefix: nil, hasBackbone: true)
  }

  func run() throws {
    try CommandFailure.reporting {
      let graph = try target.request().graph(detection: nil)
      var generator = Generator(seed: initSeed)
      let weights = try InitializationPlan(for: graph).run(with: &generator)
      Terminal.write(
        try writing.write(graph, weights, prefix: "", to: output, input: nil).text)
    }
  }
}
