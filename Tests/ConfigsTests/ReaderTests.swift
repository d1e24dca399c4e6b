import Foundation
import OrderedCollections
import PthConfigs
import TestSupport
import Testing

/// Configurations, read as mmengine reads them.
@Suite struct ReaderTests {
  @Test(arguments: [
    "literals.py", "statements.py", "child.py", "grandchild.py", "lazy/lazy_child.py",
    "cascade_rcnn_r50_fpn_1x.py", "cascade-rcnn_r50_fpn_1x_coco.py", "data/base.yaml",
    "data/child.yaml", "data/values.json", "data/child.json", "data/mixed.py",
  ])
  func everyValueIsMMEngines(_ name: String) throws {
    let truth = String(decoding: try Fixtures.data("configs/\(name).txt"), as: UTF8.self)
    let config = try Config.read(Fixtures.path("configs/\(name)"))
    #expect(Flattened.lines(of: config) == truth.split(separator: "\n").map(String.init))
  }

  @Test func valuesKeepTheirPlaces() throws {
    let path = Fixtures.path("configs/cascade-rcnn_r50_fpn_1x_coco.py")
    let config = try Config.read(path)
    let type = try #require(config["model"]?["type"])
    #expect(type.location.path == path && type.location.line == 8)
    let text = try Fixtures.data("configs/cascade-rcnn_r50_fpn_1x_coco.py")
    #expect(String(decoding: text[type.location.bytes], as: UTF8.self) == "'CascadeRCNN'")
    let neck = try #require(config["model"]?.dictionary?.entries["neck"])
    #expect(
      String(decoding: text[neck.location.bytes], as: UTF8.self) == "neck=dict(out_channels=128)")
    let depth = try #require(config["model"]?["backbone"]?["depth"])
    #expect(depth.location.path.hasSuffix("_base_/model.py") && depth.location.line == 12)
    #expect(config.files.count == 3)
  }

  @Test func placesAreThoseOfTheFileAfterSubstitutions() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(
      "a.py", Data("x = '{{ fileBasename }}é'\ny = {{'$PTHCONV_NONE:8000'}} + 1\nz = 5\n".utf8)
    ).path
    let config = try Config.read(path)
    #expect(config["x"]?.string == "a.pyé")
    #expect(config["y"]?.int == 8001)
    let text = try Data(contentsOf: URL(filePath: path))
    let y = try #require(config["y"]), z = try #require(config["z"])
    #expect(
      String(decoding: text[y.location.bytes], as: UTF8.self) == "{{'$PTHCONV_NONE:8000'}} + 1")
    #expect(String(decoding: text[z.location.bytes], as: UTF8.self) == "5")
    #expect(z.location.line == 3)
  }

  /// Files that say one thing each, and what is known of `x` then.
  @Test(arguments: [
    ("x = open('y').read()", "open('y').read()"),
    ("x = [1]\nwhile True:\n  x.append(2)", "while True:\n  x.append(2)"),
    ("x = [1]\ny = x\nunknown = print\ndef f(a):\n  a.append(1)\nf(y)", "f(y)"),
    ("x = 1\ndef f():\n  global x\n  x = 2\nf()", "def f():\n  global x\n  x = 2\n"),
    ("x = 1\nexec('x = 2')", "exec('x = 2')"),
    ("x = 1\nglobals()['x'] = 2", "globals()"),
    ("y = id(1)\nx = [1]\nif y:\n  x[0] = 2", "if y:\n  x[0] = 2"),
    ("x = lambda a: a", "lambda a: a"),
    ("x = 10**30", "10**30"),
    ("x = {1, 2}", "{1, 2}"),
    ("x = [1]\nimport random\nrandom.shuffle(x)", "random.shuffle(x)"),
    ("x = b'bytes'", "b'bytes'"),
    ("import math\nx = math.pi", "math.pi"),
  ])
  func whatIsNotKnownIsOpaque(_ text: String, _ expected: String) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("a.py", Data(text.utf8)).path
    let content = try #require(try Config.read(path)["x"]?.content)
    guard case .opaque(let found) = content else {
      Issue.record("\(content) is not opaque")
      return
    }
    #expect(found == expected)
  }

  /// Files that Python or mmengine refuses too, and the line that is named.
  @Test(arguments: [
    ("a = 1\nb = c", 2, "'c' is not defined"),
    ("a = dict(b=1)\nd = a['c']", 2, "there is no 'c' in this dictionary"),
    ("a = dict(b=1)\nd = a.b", 2, "a plain dict has no attribute 'b'"),
    ("a = [1]\nb = a[3]", 2, "there are 1 elements and none at 3"),
    ("a = 1 / 0", 1, "a division by 0"),
    ("a = (1", 1, "is never closed"),
    ("a = 'b", 1, "the string that begins here is never closed"),
    ("a = 1\n  b = 2", 2, "the line is indented more"),
    ("a = 1 2", 1, "the end of the line is expected"),
    ("a = dict(b=1, b=2)", 1, "'b' is given twice"),
    ("\n_base_ = 'missing.py'", 2, "leads to no file"),
    ("_base_ = ('a.py',)", 1, "is a tuple"),
    ("_base_ = input()", 1, "cannot be known without running the file"),
    ("_base_ = 'a.py'", nil, "its bases lead back to itself"),
    ("_base_ = 'mmdet::x/y.py'", 1, "lies in the package mmdet"),
    ("filename = 'x'", 1, "mmengine keeps the name"),
    ("import numpy\n_base_ = 'b.py'", 2, "in a file of the lazy style"),
    ("a = 010", 1, "begins with 0"),
    ("a = '{{$PTHCONV_NONE:}}'", 1, "has no variable PTHCONV_NONE"),
    ("a, b = 1, 2, 3", 1, "3 values cannot be given to 2 names"),
  ])
  func whatPythonRefusesIsAnError(_ text: String, _ line: Int?, _ reason: String) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("a.py", Data(text.utf8)).path
    let error = try #require(throws: ConfigError.self) { try Config.read(path) }
    #expect(error.line == line)
    #expect(error.reason.contains(reason), "\(error)")
  }
}
