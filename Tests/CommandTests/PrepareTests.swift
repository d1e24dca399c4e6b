import Foundation
import PthCheckpoints
import PthTensors
import TestSupport
import Testing

/// `prepare` on a network with true running statistics, as if it had been trained with other inputs.
@Suite struct PrepareTests {
  private struct Answer: Decodable {
    let scale: String?
    let bgr: Bool?
  }

  private func answer(_ file: String, images: String, exitCode: Int32 = 0) throws -> Answer {
    let outcome = try Program.run(
      [
        "prepare", file, "--backbone", "ResNet", "--flavor", "mmdet", "--images", images, "--size",
        "64", "--json",
      ])
    #expect(outcome.exitCode == exitCode, "\(outcome.errors)")
    return try outcome.json()
  }

  /// The fixture, which was trained on RGB images with ImageNet's mean and deviation subtracted and divided by,
  /// as a network that computes the same of inputs without them.
  private func fixture(
    mean: Float, deviation: Float, isBGR: Bool, at path: String
  ) throws {
    let known = try Checkpoint.open(Fixtures.path("witness/resnet.pth")).stateDict
    let own: [(mean: Float, deviation: Float)] = [
      (123.675, 58.395), (116.28, 57.12), (103.53, 57.375),
    ]
    let kernel = try #require(known["conv1.weight"])
    let (filters, area) = (kernel.shape[0], kernel.shape[2] * kernel.shape[3])
    let weights = try kernel.array(of: Float.self)
    var changed = weights
    var means = try #require(known["bn1.running_mean"]).array(of: Float.self)
    for filter in 0..<filters {
      for colour in 0..<3 {
        let target = isBGR ? 2 - colour : colour
        for tap in 0..<area {
          let weight = weights[(filter * 3 + colour) * area + tap]
          changed[(filter * 3 + target) * area + tap] = weight * deviation / own[colour].deviation
          means[filter] += weight * (own[colour].mean - mean) / own[colour].deviation
        }
      }
    }
    let replaced = [
      "conv1.weight": try Tensor(changed, shape: kernel.shape),
      "bn1.running_mean": try Tensor(means, shape: [filters]),
    ]
    let entries = known.tensors.map { key, tensor in
      OutputContents.Entry(name: key, tensor: replaced[key] ?? tensor)
    }
    let format = try #require(OutputFormat.forFile(path))
    try OutputWriter(OutputContents(entries: entries), as: format, to: path).write()
  }

  /// Where no mean is subtracted from each colour, photographs are redder than blue to the first norm.
  @Test(
    arguments: [
      ("unit", Float(0), Float(255)), ("symmetric", 127.5, 127.5), ("bytes", 0, 1),
    ], [false, true])
  func scaleAndOrderAreTold(
    _ preparation: (scale: String, mean: Float, deviation: Float), isBGR: Bool
  ) throws {
    let folder = try TemporaryFolder()
    let path = folder.path("other.pth")
    try fixture(
      mean: preparation.mean, deviation: preparation.deviation, isBGR: isBGR, at: path)
    let answer = try answer(path, images: "witness/images")
    #expect(answer.scale == preparation.scale)
    #expect(answer.bgr == isBGR)
  }

  /// Images of less than half the contrast look as if -1 to 1 had been the scale of ImageNet's.
  @Test func unusualImagesDecideNothing() throws {
    let folder = try TemporaryFolder()
    for name in Fixtures.files(in: "witness/images") where name.hasSuffix(".jpg") {
      let picture = try Fixtures.data("witness/images/\(name)")
      try faint(picture).write(to: folder.url.appending(path: name))
    }
    let answer = try answer("witness/resnet.pth", images: folder.url.path, exitCode: 1)
    #expect(answer.scale == nil && answer.bgr == nil)
  }

  /// A JPEG with less contrast: its tables of quantisation, which all coefficients are multiplied by, are
  /// scaled.
  private func faint(_ picture: Data) -> Data {
    var bytes = [UInt8](picture)
    var offset = 2
    // Segments up to the start of the scan: a marker, and a length that counts itself.
    while offset + 4 < bytes.count, bytes[offset + 1] != 0xDA {
      let length = Int(bytes[offset + 2]) << 8 | Int(bytes[offset + 3])
      if bytes[offset + 1] == 0xDB {
        for table in stride(from: offset + 4, to: offset + 2 + length, by: 65) {
          for index in table + 1..<table + 65 {
            bytes[index] = UInt8(max(1, (Double(bytes[index]) * 0.45).rounded()))
          }
        }
      }
      offset += 2 + length
    }
    return Data(bytes)
  }
}
