import Foundation
import OrderedCollections
import PthConfigs
import TestSupport
import Testing

/// Changes of values by code that is not evaluated: what is told of a value is what Python has, or it is opaque.
@Suite struct EffectTests {
  private static func config(_ text: String) throws -> Config {
    let folder = try TemporaryFolder()
    return try Config.read(try folder.write("a.py", Data(text.utf8)).path)
  }

  /// Files, and what Python has for `x` then.
  static let files: [(text: String, x: [Int])] = [
    ("x = [1]\ny = x\ny *= 2", [1, 1]),
    ("x = [1]\ny = x\ny *= True", [1]),
    ("z = [[1]]\nx = z[0]\nz[0] *= 3", [1, 1, 1]),
    ("k = [0]\nx = [1, 2]\nx[k.pop()] += 5", [6, 2]),
    ("x = [1]\nf = lambda: x.append(2)\nf()", [1, 2]),
    ("x = [1]\nf = lambda: x.append(2)\nx = [5]\nf()", [5, 2]),
    ("x = [1]\nh = x.append\nh(5)", [1, 5]),
    ("x = []\nlist(map(x.append, [1, 2]))", [1, 2]),
    ("x = []\nlist(map(lambda v: x.append(v), [1, 2]))", [1, 2]),
    ("x = [1]\ndef f(a):\n  x.append(a)\nlist(map(f, [1]))", [1, 1]),
    ("x = []\ndef f(l=x.append(4)):\n  pass", [4]),
    ("x = [1]\ndef f(l=x):\n  l.append(4)\nf()", [1, 4]),
    ("x = [1]\ndef f():\n  y = x\n  y.append(1)\nf()", [1, 1]),
    ("x = [1]\ndef f():\n  def g():\n    x.append(1)\n  g()\nf()", [1, 1]),
    ("x = [1]\ndef f():\n  return x\nf().append(4)", [1, 4]),
    ("x = [1]\ndef f():\n  yield x\nfor y in f():\n  y.append(2)", [1, 2]),
    ("x = [1]\ndef d(f):\n  x.append(1)\n  return f\n@d\ndef g():\n  pass", [1, 1]),
    ("x = [1]\nclass A:\n  x.append(2)", [1, 2]),
    ("x = [1]\nclass A:\n  x = x\n  x.append(2)", [1, 2]),
    ("x = [1]\nclass A:\n  l = x\nA.l.append(5)", [1, 5]),
    ("x = [1]\nclass A:\n  def __eq__(s, o):\n    x.append(1)\nb = 1 in [A(), 1]", [1, 1]),
    ("x = [1]\nclass A:\n  x = [7]", [1]),
    ("x = []\no = list(x.append(7) for i in [1, 2])", [7, 7]),
    ("x = []\no = (x.append(7) for i in [1, 2])", []),
    ("x = []\no = (x.append(7) for i in [1, 2])\nany(o)", [7, 7]),
    ("k = 2\ng = (a * k for a in [1, 2])\nk = 3\nx = list(g)", [3, 6]),
    ("a = [1, 2]\nz = zip(a, a)\nb = list(z)\nx = list(z)", []),
    ("a = [1]\nz = enumerate(a)\na.append(2)\nx = [i for i, _ in z]", [0, 1]),
    ("d = dict(a=1)\nv = d.values()\nd['b'] = 2\nx = list(v)", [1, 2]),
    ("x = [1, 2, 3, 4]\nfor a in x:\n  x.remove(a)", [2, 4]),
    ("x = [1, 2, 3]\nfor i, a in enumerate(x):\n  x[2] = 7", [1, 2, 7]),
    ("x = [1, 2, 3]\nfor i, a in enumerate(x):\n  x[i] = 2 * a", [2, 4, 6]),
    ("x = [1]\ny = x if id(0) else [2]\ny.append(3)", [1, 3]),
    ("x = [1]\nid(0) and x.append(2)", [1, 2]),
    ("x = [1]\nx.append(2) if id(0) else 0", [1, 2]),
    ("x = [1]\nif id(0):\n  y = x\n  y.append(2)", [1, 2]),
    ("x = [1]\nif id(0):\n  y = x\ny.append(2)", [1, 2]),
    ("x = [1]\nd = {'k': x}\nlist(map(lambda v: v.append(1), d.values()))", [1, 1]),
    ("x = [1]\ny = sorted([[2], [1]], key=lambda v: x.append(0) or v[0])", [1, 0, 0]),
    ("x = [1]\nassert x.pop() == 1", []),
    ("x = [1]\ny = x\ndef f():\n  global x\n  x = []\nx.append(2)", [1, 2]),
    ("exec('def f(): x.append(1)')\nx = [1]\nf()", [1, 1]),
  ]

  @Test(arguments: files.indices)
  func nothingIsToldThatPythonHasNot(_ index: Int) throws {
    let (text, expected) = Self.files[index]
    let value = try #require(try Self.config(text)["x"])
    if case .opaque = value.content { return }
    #expect(value.elements?.map(\.int) == expected, "\(text)")
  }

  /// Code like this changes nothing, and what it does not change stays known.
  @Test(arguments: [
    ("x = [1]\nf = lambda a: a.append(2)", [1]),
    ("x = [1]\ndef f(x):\n  x.append(2)", [1]),
    ("x = [1]\ndef f():\n  return len(x)", [1]),
    ("x = [1]\nclass A:\n  x = [7]\n  y = 8", [1]),
    ("x = [1]\ny = x if id(0) else [2]", [1]),
    ("x = [1]\ny = [*input(), x]", [1]),
    ("x = [1, 2, 3]\nfor i, a in enumerate(x):\n  x[i] = 2 * a", [2, 4, 6]),
    ("x = tuple(2 * i for i in range(3))", [0, 2, 4]),
    ("x = [1]\ny = x\ny *= 2", [1, 1]),
    ("d = dict(a=1, b=2)\nfor k, v in d.items():\n  d[k] = 3\nx = list(d.values())", [3, 3]),
  ])
  func whatNothingChangesStaysKnown(_ text: String, _ expected: [Int]) throws {
    #expect(try Self.config(text)["x"]?.elements?.map(\.int) == expected)
  }

  @Test func namesInAClassAreItsOwn() throws {
    let config = try Self.config("a = 1\nclass A:\n  a = 2\n  b = 3")
    #expect(config["a"]?.int == 1 && config["b"] == nil)
  }
}
