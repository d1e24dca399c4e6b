import Foundation
import TestSupport
import Testing

/// `--html`: a page that needs nothing else, and in which nothing out of a file is markup.
@Suite struct PageTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// The page that a command writes.
  private func page(_ arguments: [String], exitCode: Int32 = 0) throws -> String {
    let file = folder.url.appending(path: "page.html")
    let outcome = try Program.run(arguments + ["--html", file.path])
    #expect(outcome.exitCode == exitCode, "\(outcome.errors)")
    #expect(!outcome.text.isEmpty)
    return try String(contentsOf: file, encoding: .utf8)
  }

  private static let pages = [
    ["inspect", "demo/res2net-small.pth"],
    ["inspect", "checkpoints/train-mmcv.pth"],
    ["map", "demo/res2net-small-mutilated.pth", "--backbone", "Res2Net"],
    ["map", "demo/res2net-small.pth", "--target", "demo/res2net-small-mutilated.pth"],
    ["verify", "demo/res2net-small.pth", "--backbone", "Res2Net", "--size", "32,32"],
  ]

  @Test(arguments: pages)
  func aPageNeedsNothingElse(_ arguments: [String]) throws {
    let page = try page(arguments)
    #expect(page.hasPrefix("<!doctype html>") && page.hasSuffix("</html>\n"))
    for word in ["http://", "https://", "url(", "<link", "@import", "<iframe"] {
      #expect(!page.contains(word), "\(word)")
    }
    #expect(page.contains("prefers-color-scheme: dark") && page.contains("width=device-width"))
    #expect(page.contains(arguments[1]))
  }

  /// Browsers run no script but the one whose hash the page's policy has.
  @Test func thePolicyHasTheHashOfTheScript() throws {
    let page = try page(Self.pages[0])
    let script = try #require(page.firstMatch(of: /<script>((?s).*?)<\/script>/)).1
    let allowed = try #require(page.firstMatch(of: /script-src &#39;sha256-([^&]+)&#39;/)).1
    let file = try folder.write("script", Data(script.utf8))
    let tool = Process()
    tool.executableURL = URL(filePath: "/usr/bin/sha256sum")
    tool.arguments = [file.path]
    let output = Pipe()
    tool.standardOutput = output
    try tool.run()
    let text = String(
      decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    tool.waitUntilExit()
    let hash = try #require(Data(base64Encoded: String(allowed)))
    #expect(text.hasPrefix(hash.map { String(format: "%02x", $0) }.joined()))
  }

  @Test func everyKeyIsInTheTreeWithWhatBecameOfIt() throws {
    let arguments = ["map", "demo/res2net-small-mutilated.pth", "--backbone", "Res2Net"]
    let page = try page(arguments)
    let report: MapOutput = try Program.run(arguments + ["--json"]).json()
    #expect(page.contains("<strong>partial</strong>"))
    func holds(_ key: String, _ state: String) -> Bool {
      page.contains("data-key=\"\(key)\" data-state=\"\(state)\"")
    }
    for item in report.loaded { #expect(holds(item.target, "loaded"), "\(item.target)") }
    for item in report.missing { #expect(holds(item.target, "initialised"), "\(item.target)") }
    for item in report.mismatched { #expect(holds(item.target, "mismatched"), "\(item.target)") }
    for item in report.unexpected {
      #expect(holds(item.source, item.in_network ? "foreign" : "unused"), "\(item.source)")
    }
    #expect(report.mismatched.count == 1 && report.missing.count == 6)
    #expect(page.ranges(of: "<li class=\"key\"").count == 151)
  }

  @Test func histogramsStandBesideTheirTensors() throws {
    let page = try page(Self.pages[0])
    let report: InspectOutput = try Program.run("inspect", "--json", Self.pages[0][1]).json()
    #expect(page.ranges(of: "<li class=\"key\"").count == report.tensors.count)
    #expect(page.ranges(of: "<svg class=\"histogram\"").count == report.tensors.count)
  }

  /// What a stage puts out can be seen where there is something to see.
  @Test func anImageGivesPicturesOfTheStages() throws {
    let arguments = ["verify", "demo/res2net-small.pth", "--backbone", "Res2Net"]
    let seen = try page(arguments + ["--input", "images/rgb.png"])
    #expect(seen.ranges(of: "<img src=\"data:image/bmp;base64,").count == 4)
    #expect(try !page(arguments + ["--size", "32,32"]).contains("<img"))
  }

  /// The statistics of the norms are a picture with two lines, and a tick for each that disagrees.
  @Test func normsAreDrawnOverTheDepth() throws {
    let swapped = folder.url.appending(path: "swapped.pth").path
    let renames = [
      "^layer2\\.1\\.conv2\\.weight$=first", "^layer2\\.2\\.conv2\\.weight$=second",
      "^first$=layer2.2.conv2.weight", "^second$=layer2.1.conv2.weight",
    ]
    let converted = try Program.run(
      ["convert", "witness/resnet.pth", swapped] + renames.flatMap { ["--rename", $0] })
    #expect(converted.exitCode == 0, "\(converted.errors)")
    for (file, exitCode, ticks) in [("witness/resnet.pth", Int32(0), 0), (swapped, 1, 2)] {
      let page = try page(
        [
          "verify", file, "--backbone", "ResNet", "--flavor", "mmdet", "--images",
          "witness/images", "--size", "64",
        ], exitCode: exitCode)
      #expect(page.ranges(of: "<svg class=\"curves\"").count == 1)
      #expect(page.ranges(of: "<polyline").count == 2)
      #expect(page.ranges(of: "class=\"mark bad\"").count == ticks)
      #expect(page.contains("without agreement: layer2.1.bn2, layer2.2.bn2") == (ticks == 2))
    }
  }

  /// A checkpoint whose names and metadata would be markup.
  private func hostileFile() throws -> String {
    let names = [
      "<script>alert(1)</script>.weight", "a.\\\"><img src=x onerror=alert(1)>", "</ul></main>.b",
      "&lt;b&gt;.'c'",
    ]
    let entries = names.enumerated().map { index, name in
      "\"\(name)\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[\(4 * index),\(4 * index + 4)]}"
    }
    let metadata = #""__metadata__":{"</script><script>alert(2)":"<img src=y onerror=alert(3)>"}"#
    let header = "{\(metadata),\(entries.joined(separator: ","))}"
    let start = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Data($0) }
    let values = Data(repeating: 0, count: 4 * names.count)
    return try folder.write("<b>hostile.safetensors", start + Data(header.utf8) + values).path
  }

  @Test func nothingOutOfAFileIsMarkup() throws {
    let file = try hostileFile()
    let pages = [
      try page(["inspect", file]), try page(["map", file, "--target", file]),
      try page(["map", file, "--backbone", "Res2Net", "--arg", "depth=50"]),
    ]
    for page in pages {
      #expect(page.ranges(of: "<script").count == 1 && page.ranges(of: "</script").count == 1)
      #expect(page.ranges(of: "</main>").count == 1)
      #expect(!page.contains("<img") && !page.contains("<b>"))
      #expect(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"))
      #expect(page.contains("&amp;lt;b&amp;gt;"))
    }
  }

  /// A page replaces an older page, and nothing else.
  @Test func aPageReplacesNoCheckpoint() throws {
    let file = try folder.write("model.pth", try Fixtures.data("demo/res2net-small.pth"))
    for command in [
      ["inspect", file.path], ["map", file.path, "--backbone", "Res2Net"],
      ["verify", file.path, "--backbone", "Res2Net"],
    ] {
      let outcome = try Program.run(command + ["--html", file.path])
      #expect(outcome.exitCode == 64 && outcome.errors.contains("ends with .html"))
    }
    #expect(try Data(contentsOf: file) == Fixtures.data("demo/res2net-small.pth"))
    let missing = folder.url.appending(path: "no/page.html").path
    #expect(try Program.run("inspect", file.path, "--html", missing).exitCode == 2)
    #expect(try Program.run("inspect", "--html", "x.html", file.path, file.path).exitCode == 64)
    #expect(try Program.run("map", "--backbone", "Res2Net", "--html", "x.html").exitCode == 64)
  }
}
