import Foundation
import TestSupport
import Testing

/// `pthconv config` and `pthconv lr` through the program.
@Suite struct ConfigCommandTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  // MARK: lr

  struct Rate: Decodable {
    let lr: Double
    let batch_size: Int
    let base_batch_size: Int
    let arithmetic: String
  }

  @Test func ratesFollowTheRule() throws {
    let text = try Program.run(["lr", "--base-lr", "0.02", "--gpus", "4", "--images-per-gpu", "2"])
    #expect(text.text.contains("lr = 0.02 / 8 × 4 × 2 / 2 = 0.01\n"))
    let arguments = ["--base-lr", "0.0001", "--gpus", "3", "--images-per-gpu", "1", "--json"]
    let rate: Rate = try Program.run(["lr"] + arguments + ["--base-batch-size", "32"]).json()
    #expect(rate.lr == 9.375e-06 && rate.batch_size == 3 && rate.base_batch_size == 32)
    #expect(rate.arithmetic == "0.0001 / 32 × 3 × 1 = 9.375e-06")
    for (option, value) in [("--base-lr", "0"), ("--gpus", "-1"), ("--images-per-gpu", "0")] {
      var wrong = ["lr", "--base-lr", "1", "--gpus", "1", "--images-per-gpu", "1"]
      wrong[wrong.firstIndex(of: option)!.advanced(by: 1)] = value
      #expect(try Program.run(wrong).exitCode == 64)
    }
  }

  // MARK: Reading

  struct Printed: Decodable {
    struct Values: Decodable {
      struct Optimizer: Decodable { let lr: Double }
      struct Wrapper: Decodable { let optimizer: Optimizer }
      let optim_wrapper: Wrapper
      let img_scale: [Int]
      let classes: Int
    }
    let config: String
    let files: [String]
    let values: Values
  }

  @Test func valuesArePrintedWithTheirPlaces() throws {
    let outcome = try Program.run(["config", "configs/grandchild.py"])
    #expect(outcome.exitCode == 0)
    let lines = outcome.text.split(separator: "\n")
    #expect(lines.contains("optim_wrapper.optimizer.lr = 0.0001  # configs/grandchild.py:3"))
    #expect(lines.contains("model.neck.out_channels = 128  # configs/grandchild.py:2"))
    #expect(lines.contains("model.backbone.depth = 50  # configs/grandchild.py:2"))
    let printed: Printed = try Program.run(["config", "configs/grandchild.py", "--json"]).json()
    #expect(printed.config == "configs/grandchild.py" && printed.files.count == 4)
    #expect(printed.values.optim_wrapper.optimizer.lr == 1e-4)
    #expect(printed.values.img_scale == [1333, 800] && printed.values.classes == 80)
  }

  @Test func whatCannotBeReadIsOneSentence() throws {
    let path = try folder.write("a.py", Data("a = 1\nb = c\n".utf8)).path
    let outcome = try Program.run(["config", path])
    #expect(outcome.exitCode == 2)
    #expect(outcome.errors == "pthconv: \(path):2: 'c' is not defined\n")
  }

  // MARK: Rewriting

  private func initial(_ name: String, _ backbone: [String]) throws -> String {
    let path = folder.path(name)
    let outcome = try Program.run(["init"] + backbone + ["--output", path])
    try #require(outcome.exitCode == 0, "\(outcome.errors)")
    return path
  }

  @Test func theFirstErasConfigurationIsChangedInItsPlaces() throws {
    let weights = try initial(
      "small.pth",
      ["--backbone", "Res2Net", "--flavor", "official", "--layers", "1,1,1,1", "--scales", "6"])
    let new = folder.path("new.py")
    let outcome = try Program.run([
      "config", "configs/cascade_rcnn_r50_fpn_1x.py", "--backbone", "Res2Net", "--pretrained",
      weights, "--gpus", "4", "--images-per-gpu", "2", "--output", new,
    ])
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    let before = String(
      decoding: try Fixtures.data("configs/cascade_rcnn_r50_fpn_1x.py"), as: UTF8.self)
    let expected = before.replacing("'torchvision://resnet50'", with: "'\(weights)'")
      .replacing("lr=0.02", with: "lr=0.01")
      .replacing(
        """
                type='ResNet',
                depth=50,
                num_stages=4,
                out_indices=(0, 1, 2, 3),
                frozen_stages=1,
                style='pytorch'),
        """,
        with: """
                  type='Res2Net',
                  layers=[1, 1, 1, 1],
                  baseWidth=26,
                  scale=6,
                  num_classes=1000),
          """)
    #expect(try String(contentsOfFile: new, encoding: .utf8) == expected)
    #expect(outcome.text.contains("-    pretrained='torchvision://resnet50',\n"))
    #expect(outcome.text.contains("lr: 0.02 / 8 × 4 × 2 / 2 = 0.01"))
    #expect(outcome.text.contains("does not take frozen_stages, num_stages, out_indices"))
  }

  @Test func whatABaseGivesIsOverridden() throws {
    let weights = try initial(
      "r18.pth", ["--backbone", "ResNet", "--depth", "18", "--flavor", "mmdet"])
    let new = folder.path("new.py")
    let outcome = try Program.run([
      "config", "configs/cascade-rcnn_r50_fpn_1x_coco.py", "--backbone", "ResNet", "--pretrained",
      weights, "--gpus", "2", "--images-per-gpu", "4", "--output", new,
    ])
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    let text = try String(contentsOfFile: new, encoding: .utf8)
    #expect(text.contains("neck=dict(out_channels=128, in_channels=[64, 128, 256, 512]),"))
    #expect(text.contains("        _delete_=True,\n        type='ResNet',\n        depth=18,\n"))
    #expect(text.contains("'))  # narrower\n") || text.contains(")))  # narrower\n"))
    #expect(text.contains("# The detector of this run.\n"))
    #expect(text.contains("optim_wrapper = dict(optimizer=dict(lr=0.01))\n"))
    #expect(text.contains("train_dataloader = dict(batch_size=4)\n"))
    // Its bases are found from where it lies now.
    let read = try Program.run(["config", new])
    #expect(read.exitCode == 0)
    #expect(read.text.contains("model.neck.type = 'FPN'"))
  }

  @Test func whatWouldNotArriveIsNotWritten() throws {
    let new = folder.path("new.py")
    func refusal(_ config: String, _ file: String, _ output: String? = nil) throws -> String {
      let outcome = try Program.run([
        "config", config, "--backbone", "Res2Net", "--pretrained", file, "--output", output ?? new,
      ])
      #expect(outcome.exitCode == 2)
      #expect(!FileManager.default.fileExists(atPath: new))
      return outcome.errors
    }
    let first = "configs/cascade_rcnn_r50_fpn_1x.py"
    let third = "configs/cascade-rcnn_r50_fpn_1x_coco.py"
    #expect(try refusal(first, "demo/res2net-small.pth").contains("the class does not take"))
    #expect(try refusal(first, "demo/res2net-small-v1b.pth").contains("is of Res2Net v1b"))
    #expect(try refusal(third, "demo/res2net-small-mutilated.pth").contains("no weight of it fits"))
    let own = try initial(
      "own.pth",
      ["--backbone", "Res2Net", "--flavor", "official", "--layers", "1,1,1,1"])
    let copy = try folder.write("copy.py", try Fixtures.data(first)).path
    #expect(try refusal(copy, own, copy).contains("is the input"))
    let wrapped = try folder.write("a.py", Data("model = open('x')\n".utf8)).path
    #expect(try refusal(wrapped, own).contains("a.py:1: model cannot be told"))
    let empty = try folder.write("b.py", Data("model = dict()\n".utf8)).path
    #expect(try refusal(empty, own).contains("there is no model.backbone"))
  }

  @Test func optionsGoTogether() throws {
    let config = "configs/child.py"
    for arguments in [
      ["--backbone", "ResNet"], ["--output", "x.py"], ["--gpus", "1", "--images-per-gpu", "1"],
      ["--backbone", "ResNet", "--pretrained", "x.pth", "--output", "x.txt"],
    ] {
      #expect(try Program.run(["config", config] + arguments).exitCode == 64)
    }
  }

  // MARK: A configuration in place of a backbone

  @Test func mapTakesTheConfigurationsBackbone() throws {
    let weights = try initial("r50.pth", ["--backbone", "ResNet", "--flavor", "mmdet"])
    let config = "configs/cascade-rcnn_r50_fpn_1x_coco.py"
    let outcome = try Program.run(["map", weights, "--config", config])
    #expect(outcome.exitCode == 0)
    #expect(outcome.text.contains("complete"))
    // What the class takes by default is not taken from the file.
    let other = try initial(
      "deep.pth", ["--backbone", "ResNet", "--flavor", "mmdet", "--deep-stem"])
    let wrong = try Program.run(["map", other, "--config", config])
    #expect(!wrong.text.contains("complete:"))
    #expect(try Program.run(["map", weights, "--config", config, "--depth", "50"]).exitCode == 64)
    #expect(
      try Program.run(["map", weights, "--config", config, "--backbone", "x"]).exitCode == 64)
  }

  /// YAML is read, and not rewritten; what is detectron2's is said to be.
  @Test(arguments: [
    ("a.yaml", "model: {backbone: {type: ResNet, depth: 50}}", "only configurations in Python"),
    ("b.yaml", "MODEL: {RESNETS: {DEPTH: 50}}", "of detectron2"),
  ])
  func otherLanguages(_ name: String, _ text: String, _ reason: String) throws {
    let path = try folder.write(name, Data(text.utf8)).path
    let outcome = try Program.run([
      "config", path, "--backbone", "ResNet", "--pretrained", "witness/resnet.pth", "--output",
      folder.path("new.py"),
    ])
    #expect(outcome.exitCode == 2 && outcome.errors.contains(reason), "\(outcome.errors)")
    #expect(try Program.run(["config", path]).text.contains("= 50  # \(path):1"))
  }
}
